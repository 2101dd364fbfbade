import { LIMITS } from "../core/index.ts";
import { type JsonValue, MAX_NUMBER_LENGTH, NOTHING, parseJson } from "./json.ts";

/** What is read at once could otherwise take much more memory than {@link LIMITS} allow before anybody counts. */
const MAX_BYTES = 16_000_000;

/** An integer that a double may not hold, as it stands between other values. */
const LONG_INTEGER = /(?<=^|[[\s:,])-?[1-9]\d{15,}(?=$|[,\]}\s])/g;

/** Begins the string that stands for such an integer. Where one was in a string, quotes make it malformed. */
const MARK = "\u0001";
const ESCAPED_MARK = "\\u0001";

/** Why not all is as {@link parseJson} would give it. */
class NotPlain extends Error {}

function marked(integer: string): string {
  if (integer.length > MAX_NUMBER_LENGTH) throw new NotPlain();
  return `"${ESCAPED_MARK}${integer}"`;
}

function exactInteger(digits: string): number | bigint {
  const value = Number(digits);
  return Number.isSafeInteger(value) ? value : BigInt(digits);
}

class Converter {
  #count = 0;

  value(value: JsonValue, depth: number): JsonValue {
    if (++this.#count > LIMITS.jsonValues) throw new NotPlain();
    if (typeof value === "string") return value.startsWith(MARK) ? exactInteger(value.slice(1)) : value;
    if (Object.is(value, -0)) throw new NotPlain();
    if (typeof value !== "object" || value === null) return value;
    if (depth >= LIMITS.nesting) throw new NotPlain();
    if (Array.isArray(value)) return value.map((item) => this.value(item, depth + 1));
    const object: Record<string, JsonValue> = Object.create(NOTHING);
    for (const [key, item] of Object.entries(value)) object[key] = this.value(item, depth + 1);
    return object;
  }
}

function parse(text: string): JsonValue {
  if (text.length > MAX_BYTES || text.includes(ESCAPED_MARK)) throw new NotPlain();
  return new Converter().value(JSON.parse(text.replaceAll(LONG_INTEGER, marked)), 0);
}

/**
 * What {@link parseJson} gives, by the parser of the JavaScript engine, which is as fast the first time as later.
 * @throws RelayError FILE_CORRUPT, LIMIT_EXCEEDED
 */
export function parseJsonAtOnce(bytes: Uint8Array, file: string): JsonValue {
  try {
    return parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8"));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof NotPlain) return parseJson(bytes, file);
    throw error;
  }
}
