/** Text that Mermaid shows as it is; what could mean something to it becomes `_`. */
export function mermaidText(text: string): string {
  return text.replace(/[^\p{L}\p{N}_.,*[\] -]/gu, "_");
}

/** What Mermaid cannot take for a keyword of its own. */
const PLAIN = /^[A-Z][A-Za-z0-9_]*$/;

/** Gives class names identifiers that Mermaid takes, each its own. */
export class MermaidNames {
  readonly #ids = new Map<string, string>();
  readonly #taken = new Set<string>();

  idOf(name: string): string {
    const known = this.#ids.get(name);
    if (known !== undefined) return known;
    const base = mermaidText(name) || "_";
    let text = base;
    for (let i = 2; this.#taken.has(text); i++) text = `${base}_${i}`;
    const id = PLAIN.test(text) ? text : `\`${text}\``;
    this.#ids.set(name, id);
    this.#taken.add(text);
    return id;
  }
}
