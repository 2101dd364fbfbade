/** Tells those who want to know that something may have changed. */
export class Changes {
  readonly #listeners = new Set<() => void>();

  /** @returns what ends it */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  notify(): void {
    for (const listener of this.#listeners) listener();
  }
}
