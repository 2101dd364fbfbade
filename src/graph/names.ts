/** Names in use; gives new ones in constant time. */
export class NameTable {
  readonly #taken = new Set<string>();
  readonly #next = new Map<string, number>();

  reserve(name: string): void {
    this.#taken.add(name);
  }

  /** Takes `hint`, numbered when it is taken already: `add`, `add_1`, `add_2`. */
  fresh(hint: string): string {
    let name = hint;
    let number = this.#next.get(hint) ?? 1;
    for (; this.#taken.has(name); number++) name = `${hint}_${number}`;
    this.#next.set(hint, number);
    this.#taken.add(name);
    return name;
  }
}
