import { type JsonObject, type JsonValue, parseJson } from "../container/index.ts";
import { RelayError } from "../core/index.ts";
import { invalid } from "./invalid.ts";

/** An integer so long that a double may not hold it. Digits of a fraction do not count. */
const LONG_INTEGER = /[^\d.]\d{16}/;

/** Bodies beyond this are mostly lists of numbers, which our own parser reads in half the time that checking for long integers and parsing take. */
const LONG_BYTES = 64 * 1024;

function parseExactly(bytes: Uint8Array): JsonValue {
  try {
    return parseJson(bytes, "the body");
  } catch (error) {
    if (!(error instanceof RelayError) || error.code !== "FILE_CORRUPT") throw error;
    throw invalid(String(error.details["problem"]), { cause: error });
  }
}

/** Parses with the parser of the JavaScript engine where that gives the same; undefined where it may not. */
function parseFast(text: string): JsonValue | undefined {
  if (LONG_INTEGER.test(text)) return undefined;
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

/**
 * The JSON of a request: with integers of any size, and the NaN and Infinity that Python writes.
 * @throws RelayError REQUEST_INVALID, LIMIT_EXCEEDED
 */
export function parseRequest(bytes: Uint8Array): JsonValue {
  if (bytes.length > LONG_BYTES) return parseExactly(bytes);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
  return parseFast(text) ?? parseExactly(bytes);
}

type Json = JsonValue | undefined;

function expected(kind: string, what: string, value: Json): RelayError {
  const given = typeof value === "object" ? "something else" : String(value).slice(0, 80);
  return invalid(value === undefined ? `${what} is missing` : `${what} should be ${kind}, but is ${given}`);
}

export function isObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function asObject(value: Json, what: string): JsonObject {
  if (isObject(value)) return value;
  throw expected("an object", what, value);
}

/** A whole number ≥ 0 that a double holds exactly. */
export function asSize(value: Json, what: string): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw expected("a whole number ≥ 0", what, value);
}
