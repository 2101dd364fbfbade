import type { ObjectValue } from "./values.ts";

/** Which attributes a program reads as the call before left them. */
export class AttributeUsage {
  readonly #overwritten = new Map<ObjectValue, Set<string>>();
  readonly #read = new Map<ObjectValue, Set<string>>();

  read(object: ObjectValue, name: string): void {
    if (!this.#overwritten.get(object)?.has(name)) note(this.#read, object, name);
  }

  /** To be called only for what happens whatever the inputs are. */
  overwrite(object: ObjectValue, name: string): void {
    if (!this.#read.get(object)?.has(name)) note(this.#overwritten, object, name);
  }

  /** Whether an attribute is set before it is read, so that nothing is left of what it was. */
  isFresh(object: ObjectValue, name: string): boolean {
    return this.#overwritten.get(object)?.has(name) ?? false;
  }
}

function note(table: Map<ObjectValue, Set<string>>, object: ObjectValue, name: string): void {
  const names = table.get(object) ?? new Set();
  table.set(object, names.add(name));
}
