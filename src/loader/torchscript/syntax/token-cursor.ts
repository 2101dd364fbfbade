import { LIMITS } from "../../../core/index.ts";
import { Excess, Malformed } from "../../refusal.ts";
import type { CodeLine } from "./tokens.ts";

const NAME = /^[A-Za-z_]/;
const MAX_SHOWN_LENGTH = 40;

export function isName(token: string | undefined): token is string {
  return token !== undefined && NAME.test(token);
}

export function isString(token: string | undefined): token is string {
  return token?.startsWith('"') === true || token?.startsWith("'") === true;
}

/** A place in the tokens of one logical line. */
export class TokenCursor {
  readonly line: number;
  readonly file: string;
  readonly #tokens: readonly string[];
  #at = 0;
  #depth = 0;
  /** Of what was parsed so far at the current depth, in levels. */
  #height = 0;

  constructor({ line, tokens }: CodeLine, file: string) {
    this.line = line;
    this.file = file;
    this.#tokens = tokens;
  }

  /** The token so many places ahead. */
  peek(ahead = 0): string | undefined {
    return this.#tokens[this.#at + ahead];
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#tokens.length;
  }

  take(): string {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw this.malformed("it ends too early");
    this.#at++;
    return token;
  }

  /** Whether the next token is this one, which is then taken. */
  accept(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false;
    this.#at++;
    return true;
  }

  expect(token: string): void {
    if (!this.accept(token)) throw this.unexpected(token);
  }

  name(): string {
    if (!isName(this.peek())) throw this.unexpected("a name");
    return this.take();
  }

  expectEnd(): void {
    if (!this.isAtEnd) throw this.unexpected("the end of the line");
  }

  /** Items up to the closing token, between commas, of which there may be one more at the end. */
  list<Item>(closing: string, item: () => Item): Item[] {
    const items: Item[] = [];
    while (!this.accept(closing)) {
      items.push(item());
      if (!this.accept(",") && this.peek() !== closing) throw this.unexpected(`, or ${closing}`);
    }
    return items;
  }

  /** Guards what is nested in itself. */
  nested<Result>(parse: () => Result): Result {
    const outer = this.#height;
    this.#height = 0;
    this.#checkDepth(++this.#depth);
    const result = parse();
    this.#depth--;
    this.#height = Math.max(outer, this.#height + 1);
    return result;
  }

  /** Counts a level that is put around what was parsed last. */
  deepen(): void {
    this.#checkDepth(++this.#height);
  }

  #checkDepth(depth: number): void {
    if (depth > LIMITS.nesting) throw new Excess(`${this.#where}: the depth of an expression`, depth, "nesting");
  }

  get #where(): string {
    return `${this.file} line ${this.line}`;
  }

  malformed(problem: string): Malformed {
    return new Malformed(`${this.#where}: ${problem}`);
  }

  unexpected(expected: string): Malformed {
    const token = this.peek();
    const found = token === undefined ? "it ends" : `there is ${token.slice(0, MAX_SHOWN_LENGTH)}`;
    return this.malformed(`${found} where ${expected} should be`);
  }
}
