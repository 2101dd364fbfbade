/** As much of an `AbortSignal` as is needed to learn that something is no longer wanted. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** What an `AbortController` and its signal do, at a fraction of their cost: there is one for every request. */
export class Cancellation implements AbortSignalLike {
  #listeners: readonly (() => void)[] = [];
  aborted = false;
  reason: unknown;

  addEventListener(_type: "abort", listener: () => void): void {
    this.#listeners = [...this.#listeners, listener];
  }

  removeEventListener(_type: "abort", listener: () => void): void {
    this.#listeners = this.#listeners.filter((other) => other !== listener);
  }

  abort(reason: string): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    for (const listener of this.#listeners) listener();
  }
}
