/** Text that Mermaid shows as it is; what could mean something to it becomes `_`. */
export function mermaidText(text: string): string {
  return text.replace(/[^\p{L}\p{N}_.,*[\] -]/gu, "_");
}

/** What Mermaid cannot take for a keyword, none of which begins with a capital. */
const PLAIN = /^[A-Z]\w*$/;

/** Gives class names identifiers that Mermaid takes, each its own. */
export class MermaidNames {
  readonly #ids = new Map<string, string>();
  readonly #taken = new Set<string>();

  idOf(name: string): string {
    const known = this.#ids.get(name);
    if (known !== undefined) return known;
    const base = PLAIN.test(name) ? name : `Type_${name.replace(/\W/g, "_")}`;
    let id = base;
    for (let i = 2; this.#taken.has(id); i++) id = `${base}_${i}`;
    this.#ids.set(name, id);
    this.#taken.add(id);
    return id;
  }

  /** The identifier, with the name as its label where they differ. */
  declare(name: string): string {
    const id = this.idOf(name);
    return id === name ? id : `${id}["${mermaidText(name) || "_"}"]`;
  }
}
