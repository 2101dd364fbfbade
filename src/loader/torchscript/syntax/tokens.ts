import { LIMITS } from "../../../core/index.ts";
import { Excess, Malformed } from "../../refusal.ts";

/** A logical line: what parentheses hold together is one line. `children` are the lines indented below it. */
export interface CodeLine {
  /** Of its first token, counted from 1. */
  readonly line: number;
  /** Names, numbers, quoted strings and punctuation, as written. */
  readonly tokens: readonly string[];
  readonly children: CodeLine[];
}

/** Counts the tokens of all files of an archive. */
export interface TokenTally {
  tokens: number;
}

const TOKEN = /[A-Za-z_]\w*|(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?j?|->|[()[\]{},:.=+-]/y;
const BLANK = / */y;

const OPENING: ReadonlySet<string> = new Set(["(", "[", "{"]);
const CLOSING: ReadonlySet<string> = new Set([")", "]", "}"]);

/** A quoted string at this place of a line. */
function quotedAt(text: string, at: number): string | undefined {
  const quote = text[at];
  if (quote !== '"' && quote !== "'") return undefined;
  for (let i = at + 1; i < text.length; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === quote) return text.slice(at, i + 1);
  }
  return undefined;
}

/** An open block: the lines that are indented as deep as its first one. */
interface Block {
  readonly indent: number;
  readonly lines: CodeLine[];
}

/** Puts the logical lines of a file into the tree that their indentation draws. */
class LineReader {
  readonly root: CodeLine[] = [];
  readonly #blocks: Block[] = [{ indent: 0, lines: this.root }];
  readonly #file: string;
  readonly #tally: TokenTally;
  #tokens: string[] = [];
  #line = 0;
  #indent = 0;
  #open = 0;

  constructor(file: string, tally: TokenTally) {
    this.#file = file;
    this.#tally = tally;
  }

  /** Reads one line of text. */
  read(text: string, line: number): void {
    let at = this.#skipBlanks(text, 0);
    if (this.#tokens.length === 0) [this.#line, this.#indent] = [line, at];
    while (at < text.length) {
      TOKEN.lastIndex = at;
      const token = quotedAt(text, at) ?? TOKEN.exec(text)?.[0];
      if (token === undefined) throw this.#malformed(`it has no meaning at ${JSON.stringify(text.slice(at, at + 20))}`);
      this.#take(token);
      at = this.#skipBlanks(text, at + token.length);
    }
    if (this.#open === 0 && this.#tokens.length > 0) this.#endLine();
  }

  end(): void {
    if (this.#tokens.length > 0) throw this.#malformed("its parentheses stay open");
  }

  #skipBlanks(text: string, at: number): number {
    BLANK.lastIndex = at;
    return at + (BLANK.exec(text)?.[0].length ?? 0);
  }

  #take(token: string): void {
    const { scriptTokens } = LIMITS;
    this.#tally.tokens++;
    if (this.#tally.tokens > scriptTokens)
      throw new Excess("the length of its code", this.#tally.tokens, "scriptTokens");
    if (OPENING.has(token)) this.#open++;
    else if (CLOSING.has(token) && --this.#open < 0) throw this.#malformed(`it closes a ${token} that is not open`);
    this.#tokens.push(token);
  }

  #endLine(): void {
    const parsed: CodeLine = { line: this.#line, tokens: this.#tokens, children: [] };
    this.#tokens = [];
    this.#blockAt(this.#indent).lines.push(parsed);
  }

  /** The block of a line that is indented by so many blanks: a new one below the last line when deeper than all. */
  #blockAt(indent: number): Block {
    while ((this.#blocks.at(-1)?.indent ?? 0) > indent) this.#blocks.pop();
    const innermost = this.#blocks.at(-1);
    if (innermost?.indent === indent) return innermost;
    const parent = innermost?.lines.at(-1);
    if (!parent?.tokens.at(-1)?.endsWith(":") || parent.children.length > 0) {
      throw this.#malformed("its indentation belongs to no block");
    }
    if (this.#blocks.length >= LIMITS.scriptNesting) {
      throw new Excess("the depth of its code", this.#blocks.length, "scriptNesting");
    }
    const block = { indent, lines: parent.children };
    this.#blocks.push(block);
    return block;
  }

  #malformed(problem: string): Malformed {
    return new Malformed(`${this.#file} line ${this.#line}: ${problem}`);
  }
}

/** The lines of a file of code as a tree. @throws Malformed, Excess */
export function readLines(text: string, file: string, tally: TokenTally): readonly CodeLine[] {
  const reader = new LineReader(file, tally);
  let line = 0;
  for (let at = 0; at < text.length; ) {
    const found = text.indexOf("\n", at);
    const end = found < 0 ? text.length : found;
    reader.read(text.slice(at, end), ++line);
    at = end + 1;
  }
  reader.end();
  return reader.root;
}
