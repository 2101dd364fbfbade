import { LIMITS, type Limits, RelayError } from "../core/index.ts";
import { type NumberList, readNumberList } from "./number-list.ts";
import { corrupt } from "./refusals.ts";

/** An object inherits nothing, so that no key means anything. Integers beyond 2^53 are bigint. */
export type JsonValue = null | boolean | number | bigint | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** Digits of a number: more than any that PyTorch writes; converting very long ones takes quadratic time. */
export const MAX_NUMBER_LENGTH = 400;

/** Objects made over this one inherit as little as those made over null, in a third of the memory and time. */
export const NOTHING: object = Object.freeze(Object.create(null));

/** Slots for strings that were seen lately, a power of two, and how long such a string may be. */
const INTERNED = 4096;
const MAX_INTERNED_LENGTH = 64;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const OPEN_ARRAY = 0x5b;
const OPEN_OBJECT = 0x7b;
const CLOSE_ARRAY = 0x5d;
const CLOSE_OBJECT = 0x7d;

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

/** What Python's json module writes besides JSON. */
const WORDS: ReadonlyMap<string, JsonValue> = new Map<string, JsonValue>([
  ["null", null],
  ["true", true],
  ["false", false],
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
]);

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function isLetter(byte: number): boolean {
  return (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;
}

const NUMBER = /^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$/;

export interface JsonOptions {
  readonly limits?: Limits;
  /** Of equal keys, the last counts unless they are refused. */
  readonly duplicateKeys?: "last" | "refuse";
}

class JsonParser {
  readonly #bytes: Uint8Array;
  readonly #text: Buffer;
  readonly #file: string;
  readonly #maxDepth: number;
  readonly #hasUniqueKeys: boolean;
  readonly #strings = Array.from<string | undefined>({ length: INTERNED });
  #at = 0;
  #depth = 0;
  #count = 0;

  constructor(bytes: Uint8Array, file: string, { limits = LIMITS, duplicateKeys = "last" }: JsonOptions) {
    this.#bytes = bytes;
    this.#text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#file = file;
    this.#maxDepth = limits.nesting;
    this.#hasUniqueKeys = duplicateKeys === "refuse";
  }

  document(): JsonValue {
    const value = this.#value();
    if (this.#next() !== undefined) throw this.#error("something follows the value");
    return value;
  }

  #error(problem: string): Error {
    return corrupt(this.#file, `its JSON is not well-formed at byte ${this.#at}: ${problem}`);
  }

  #tooDeep(): Error {
    return this.#error(`it is nested deeper than ${this.#maxDepth}`);
  }

  #tooMany(): RelayError {
    const what = "the number of values in its JSON";
    const details = { file: this.#file, what, given: "more", limit: "jsonValues", allowed: LIMITS.jsonValues };
    return new RelayError("LIMIT_EXCEEDED", details);
  }

  /** Skips white space and returns the byte there, or undefined at the end. */
  #next(): number | undefined {
    while (isSpace(this.#bytes[this.#at])) this.#at++;
    return this.#bytes[this.#at];
  }

  #value(): JsonValue {
    if (++this.#count > LIMITS.jsonValues) throw this.#tooMany();
    const byte = this.#next();
    if (byte === QUOTE) return this.#string();
    if (byte === OPEN_OBJECT) return this.#object();
    if (byte === OPEN_ARRAY) return this.#array();
    if (byte === undefined) throw this.#error("it ends early");
    if (byte >= ZERO && byte <= NINE) return this.#number();
    return byte === MINUS && this.#bytes[this.#at + 1] !== 0x49 ? this.#number() : this.#word();
  }

  /** Steps over an opening bracket; whether the closing one follows at once. */
  #opens(close: number): boolean {
    if (++this.#depth > this.#maxDepth) throw this.#tooDeep();
    this.#at++;
    if (this.#next() !== close) return false;
    this.#at++;
    this.#depth--;
    return true;
  }

  /** Whether a comma follows; else `close` must. */
  #continues(close: number): boolean {
    const byte = this.#next();
    if (byte !== COMMA && byte !== close) throw this.#error("a comma or a closing bracket is missing");
    this.#at++;
    if (byte === close) this.#depth--;
    return byte === COMMA;
  }

  #array(): JsonValue {
    const numbers = readNumberList(this.#bytes, this.#at + 1);
    if (numbers) return this.#numbers(numbers);
    const items: JsonValue[] = [];
    if (this.#opens(CLOSE_ARRAY)) return items;
    do items.push(this.#value());
    while (this.#continues(CLOSE_ARRAY));
    // A copy has no spare capacity, which for short lists is most of their memory.
    return items.slice();
  }

  #numbers({ items, end }: NumberList): JsonValue {
    if (this.#depth >= this.#maxDepth) throw this.#tooDeep();
    this.#count += items.length;
    if (this.#count > LIMITS.jsonValues) throw this.#tooMany();
    this.#at = end;
    return items;
  }

  #object(): JsonValue {
    const object: Record<string, JsonValue> = Object.create(NOTHING);
    if (this.#opens(CLOSE_OBJECT)) return object;
    do {
      const key = this.#key();
      if (this.#hasUniqueKeys && key in object) throw this.#error(`the key ${JSON.stringify(key)} occurs twice`);
      object[key] = this.#value();
    } while (this.#continues(CLOSE_OBJECT));
    return object;
  }

  #key(): string {
    if (this.#next() !== QUOTE) throw this.#error("a key is missing");
    const key = this.#string();
    if (this.#next() !== COLON) throw this.#error("a colon is missing");
    this.#at++;
    return key;
  }

  #string(): string {
    const start = ++this.#at;
    const bytes = this.#bytes;
    let byte = bytes[this.#at];
    let seen = 0;
    let hash = 0;
    while (byte !== QUOTE && byte !== BACKSLASH) {
      if (byte === undefined || byte < 0x20) throw this.#error("a string is not closed");
      seen |= byte;
      hash = (Math.imul(hash, 31) + byte) | 0;
      byte = bytes[++this.#at];
    }
    if (byte === BACKSLASH) return this.#escapedString(start);
    const end = this.#at++;
    if (seen >= 0x80 || end - start > MAX_INTERNED_LENGTH) return this.#text.toString("utf8", start, end);
    return this.#interned(start, end, hash);
  }

  /** The ASCII string of these bytes: names recur thousands of times, and comparing is cheaper than making anew. */
  #interned(start: number, end: number, hash: number): string {
    const slot = (hash ^ (hash >>> 15)) & (INTERNED - 1);
    const known = this.#strings[slot];
    if (known !== undefined && this.#equals(known, start, end)) return known;
    const text = this.#text.toString("latin1", start, end);
    this.#strings[slot] = text;
    return text;
  }

  #equals(text: string, start: number, end: number): boolean {
    if (text.length !== end - start) return false;
    for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== this.#bytes[start + i]) return false;
    return true;
  }

  #escapedString(start: number): string {
    const parts: string[] = [];
    let from = start;
    for (;;) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined || byte < 0x20) throw this.#error("a string is not closed");
      if (byte === QUOTE || byte === BACKSLASH) {
        parts.push(this.#text.toString("utf8", from, this.#at));
        this.#at++;
        if (byte === QUOTE) return parts.join("");
        parts.push(this.#escape());
        from = this.#at;
      } else {
        this.#at++;
      }
    }
  }

  #escape(): string {
    const letter = String.fromCharCode(this.#bytes[this.#at++] ?? 0);
    const plain = ESCAPES[letter];
    if (plain !== undefined) return plain;
    const hex = this.#text.toString("latin1", this.#at, this.#at + 4);
    if (letter !== "u" || !/^[0-9a-fA-F]{4}$/.test(hex)) throw this.#error("an unknown escape in a string");
    this.#at += 4;
    return String.fromCharCode(Number.parseInt(hex, 16));
  }

  #number(): number | bigint {
    const start = this.#at;
    const short = this.#shortInteger();
    if (short !== undefined) return short;
    const text = this.#token(start);
    const [isNumber, , fraction, exponent] = NUMBER.exec(text) ?? [];
    if (!isNumber) throw this.#error(`${text.slice(0, 40)} is not a number`);
    const value = Number(text);
    return fraction || exponent || Number.isSafeInteger(value) ? value : BigInt(text);
  }

  /** Reads an integer of up to 15 digits, which is nearly every number; undefined for any other. */
  #shortInteger(): number | undefined {
    const start = this.#at;
    const isNegative = this.#bytes[start] === MINUS;
    let at = isNegative ? start + 1 : start;
    const first = at;
    let value = 0;
    let byte = this.#bytes[at] ?? 0;
    while (byte >= ZERO && byte <= NINE) {
      value = value * 10 + byte - ZERO;
      byte = this.#bytes[++at] ?? 0;
    }
    const length = at - first;
    const hasLeadingZero = length > 1 && this.#bytes[first] === ZERO;
    const isInteger = byte !== 0x2e && !isLetter(byte);
    if (length === 0 || length > 15 || hasLeadingZero || !isInteger) return undefined;
    this.#at = at;
    return isNegative ? 0 - value : value;
  }

  /** The characters from `start` up to the next delimiter. */
  #token(start: number): string {
    let at = start;
    for (let byte = this.#bytes[at]; byte !== undefined && isTokenByte(byte); byte = this.#bytes[at]) at++;
    if (at - start > MAX_NUMBER_LENGTH) throw this.#error(`a number of ${at - start} characters`);
    this.#at = at;
    return this.#text.toString("latin1", start, at);
  }

  #word(): JsonValue {
    const text = this.#token(this.#at);
    const value = WORDS.get(text);
    if (value === undefined) throw this.#error(`${JSON.stringify(text.slice(0, 40))} is not a value`);
    return value;
  }
}

function isTokenByte(byte: number): boolean {
  return isLetter(byte) || (byte >= ZERO && byte <= NINE) || byte === MINUS || byte === 0x2b || byte === 0x2e;
}

/**
 * Parses JSON as Python writes it: with integers of any size, NaN and Infinity.
 * @throws RelayError FILE_CORRUPT
 */
export function parseJson(bytes: Uint8Array, file: string, options: JsonOptions = {}): JsonValue {
  return new JsonParser(bytes, file, options).document();
}
