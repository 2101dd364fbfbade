import type { Operand } from "./operand.ts";

/** What is computed once, by key; a branch sees what is there around it. */
export class SharedValues {
  readonly #values = new Map<string, Operand>();
  readonly #around: SharedValues | undefined;

  constructor(around?: SharedValues) {
    this.#around = around;
  }

  get(key: string): Operand | undefined {
    return this.#values.get(key) ?? this.#around?.get(key);
  }

  set(key: string, operand: Operand): void {
    this.#values.set(key, operand);
  }
}
