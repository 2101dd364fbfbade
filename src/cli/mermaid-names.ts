/** Words that mean something to Mermaid at the place of a class's name, in lower case. */
const RESERVED: ReadonlySet<string> = new Set([
  "callback",
  "class",
  "classdef",
  "click",
  "cssclass",
  "default",
  "direction",
  "end",
  "href",
  "link",
  "namespace",
  "note",
  "style",
]);

/** Text that Mermaid shows as it is; what could mean something to it becomes `_`. */
export function mermaidText(text: string): string {
  return text.replace(/[^\p{L}\p{N}_.,*[\] -]/gu, "_");
}

/** Gives class names identifiers that Mermaid takes, each its own. */
export class MermaidNames {
  readonly #ids = new Map<string, string>();
  readonly #taken = new Set<string>();

  idOf(name: string): string {
    const known = this.#ids.get(name);
    if (known !== undefined) return known;
    const plain = name.replace(/\W/g, "_");
    const base = /^[A-Za-z]/.test(plain) && !RESERVED.has(plain.toLowerCase()) ? plain : `type_${plain}`;
    let id = base;
    for (let i = 2; this.#taken.has(id); i++) id = `${base}_${i}`;
    this.#ids.set(name, id);
    this.#taken.add(id);
    return id;
  }

  /** The identifier, with the name as its label where they differ. */
  declare(name: string): string {
    const id = this.idOf(name);
    return id === name ? id : `${id}["${mermaidText(name)}"]`;
  }
}
