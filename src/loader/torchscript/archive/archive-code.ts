import type { ZipArchive } from "../../../container/index.ts";
import { Malformed } from "../../refusal.ts";
import type { ClassDefinition, FunctionDefinition } from "../syntax/ast.ts";
import { type Definition, parseCode } from "../syntax/parse-code.ts";
import type { TokenTally } from "../syntax/tokens.ts";
import type { ScriptCode } from "./script-archive.ts";

const FOLDER = "code/";
const SUFFIX = ".py";
const UTF8 = new TextDecoder("utf-8", { fatal: true });

function splitLast(name: string): readonly [prefix: string, last: string] {
  const dot = name.lastIndexOf(".");
  return [name.slice(0, Math.max(0, dot)), name.slice(dot + 1)];
}

function decode(bytes: Uint8Array, file: string): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    throw new Malformed(`${file} is no text in UTF-8`);
  }
}

/** The code of an archive, which must stay open. */
export class ArchiveCode implements ScriptCode {
  readonly files: readonly string[];
  readonly #archive: ZipArchive;
  readonly #parsed = new Map<string, ReadonlyMap<string, Definition>>();
  readonly #tally: TokenTally = { tokens: 0 };

  constructor(archive: ZipArchive) {
    this.#archive = archive;
    this.files = archive.names.filter((name) => name.startsWith(FOLDER) && name.endsWith(SUFFIX));
  }

  findClass(name: string): ClassDefinition | undefined {
    const found = this.#find(name);
    return found?.kind === "class" ? found : undefined;
  }

  findFunction(name: string): FunctionDefinition | undefined {
    const found = this.#find(name);
    if (found) return found.kind === "function" ? found : undefined;
    const [className, method] = splitLast(name);
    return this.findClass(className)?.methods.get(method);
  }

  #find(name: string): Definition | undefined {
    const [prefix, last] = splitLast(name);
    return this.#definitions(`${FOLDER}${prefix.replaceAll(".", "/")}${SUFFIX}`)?.get(last);
  }

  #definitions(file: string): ReadonlyMap<string, Definition> | undefined {
    const known = this.#parsed.get(file);
    if (known || !this.#archive.has(file)) return known;
    const text = decode(this.#archive.read(file, "scriptCodeBytes"), file);
    const parsed = parseCode(text, file, this.#tally);
    this.#parsed.set(file, parsed);
    return parsed;
  }
}
