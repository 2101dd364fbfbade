import type { AnyContainer } from "./values.ts";

/** The content of a container before and after a branch. */
export interface Change {
  readonly before: unknown;
  readonly after: unknown;
}

/** What a branch that was tried did to containers. */
export interface Attempt {
  readonly changes: ReadonlyMap<AnyContainer, Change>;
  /** Those that it made, which nothing around it knows. */
  readonly made: ReadonlySet<AnyContainer>;
}

interface Page {
  readonly before: Map<AnyContainer, unknown>;
  readonly made: Set<AnyContainer>;
}

/** Remembers what containers held, so that a branch can be tried and its changes taken back. */
export class Journal {
  readonly #open: Page[] = [];
  /** Containers of which it is not known which others are the same. */
  readonly #doubtful = new WeakSet<AnyContainer>();
  readonly #refuse: () => never;

  /** @param refuse what to do when a container changes that may be the same as another */
  constructor(refuse: () => never) {
    this.#refuse = refuse;
  }

  /** To be called before a container changes. */
  touch(container: AnyContainer): void {
    if (this.#doubtful.has(container)) this.#refuse();
    for (const { before, made } of this.#open)
      if (!made.has(container) && !before.has(container)) before.set(container, container.snapshot());
  }

  /** A container that the program has just made: nothing has to be taken back in it. */
  made<T extends AnyContainer>(container: T): T {
    for (const page of this.#open) page.made.add(container);
    return container;
  }

  /** A container that may or may not be the same as another must not change any more. */
  doubt(container: AnyContainer): void {
    this.#doubtful.add(container);
  }

  /** Runs `body` and tells which containers it changed, with what they held before. */
  watch<T>(body: () => T): { readonly result: T; readonly before: ReadonlyMap<AnyContainer, unknown> } {
    const page = this.#begin();
    try {
      return { result: body(), before: page.before };
    } finally {
      this.#open.pop();
    }
  }

  /** Runs `body` and takes back every change that it makes to a container around it. */
  attempt(body: () => void): Attempt {
    const { before, made } = this.#begin();
    try {
      body();
      const changes = new Map(
        [...before].map(([container, old]) => [container, { before: old, after: container.content }]),
      );
      return { changes, made };
    } finally {
      this.#open.pop();
      for (const [container, old] of before) (container as { content: unknown }).content = old;
    }
  }

  /** Does again what an attempt did. */
  repeat({ changes, made }: Attempt): void {
    for (const container of made) this.made(container);
    for (const [container, { after }] of changes) {
      this.touch(container);
      (container as { content: unknown }).content = after;
    }
  }

  #begin(): Page {
    const page = { before: new Map<AnyContainer, unknown>(), made: new Set<AnyContainer>() };
    this.#open.push(page);
    return page;
  }
}
