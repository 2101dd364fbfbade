import { type JsonObject, type JsonValue, parseJson } from "../container/index.ts";
import { RelayError } from "../core/index.ts";
import { Malformed } from "./refusal.ts";

type Json = JsonValue | undefined;

function expected(kind: string, what: string, value: Json): Malformed {
  const given = typeof value === "object" || value === undefined ? "something else" : String(value).slice(0, 80);
  return new Malformed(`${what} should be ${kind}, but is ${given}`);
}

export function isObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function asObject(value: Json, what: string): JsonObject {
  if (!isObject(value)) throw expected("an object", what, value);
  return value;
}

export function asArray(value: Json, what: string): readonly JsonValue[] {
  if (!Array.isArray(value)) throw expected("a list", what, value);
  return value;
}

export function asString(value: Json, what: string): string {
  if (typeof value !== "string") throw expected("a string", what, value);
  return value;
}

export function asBoolean(value: Json, what: string): boolean {
  if (typeof value !== "boolean") throw expected("true or false", what, value);
  return value;
}

/** An integer that a double holds exactly. */
export function asInteger(value: Json, what: string): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value)) throw expected("an integer", what, value);
  return value;
}

/** A tagged union as PyTorch writes it: an object with one key. */
export function asUnion(value: Json, what: string): readonly [tag: string, payload: JsonValue] {
  const union = asObject(value, what);
  const [tag, ...more] = Object.keys(union);
  if (tag === undefined || more.length > 0) throw new Malformed(`${what} should have exactly one tag`);
  return [tag, union[tag] ?? null];
}

/** JSON inside a JSON string, as PyTorch writes pytrees; anything but a string is returned as it is. */
export function asEmbeddedJson(value: Json, what: string): Json {
  if (typeof value !== "string") return value;
  try {
    return parseJson(Buffer.from(value), what);
  } catch (error) {
    if (error instanceof RelayError) throw new Malformed(`${what} is not JSON`);
    throw error;
  }
}
