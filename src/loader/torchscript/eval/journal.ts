import type { AnyContainer } from "./values.ts";

/** The content of a container before and after a branch. */
export interface Change {
  readonly before: unknown;
  readonly after: unknown;
}

/** Remembers what containers held, so that a branch can be tried and its changes taken back. */
export class Journal {
  readonly #open: Map<AnyContainer, unknown>[] = [];

  /** To be called before a container changes. */
  touch(container: AnyContainer): void {
    for (const before of this.#open) if (!before.has(container)) before.set(container, container.snapshot());
  }

  /** Runs `body` and tells which containers it changed, with what they held before. */
  watch<T>(body: () => T): { readonly result: T; readonly before: ReadonlyMap<AnyContainer, unknown> } {
    const before = new Map<AnyContainer, unknown>();
    this.#open.push(before);
    try {
      return { result: body(), before };
    } finally {
      this.#open.pop();
    }
  }

  /** Runs `body` and takes back every change that it makes to a container. */
  attempt<T>(body: () => T): { readonly result: T; readonly changes: ReadonlyMap<AnyContainer, Change> } {
    const before = new Map<AnyContainer, unknown>();
    this.#open.push(before);
    try {
      const result = body();
      const changes = new Map(
        [...before].map(([container, old]) => [container, { before: old, after: container.content }]),
      );
      return { result, changes };
    } finally {
      this.#open.pop();
      for (const [container, old] of before) (container as { content: unknown }).content = old;
    }
  }
}
