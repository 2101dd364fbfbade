import type { JsonObject } from "../container/index.ts";
import { invalid } from "./invalid.ts";
import { asSize } from "./request-json.ts";

/** Parameters that would change the answer, of extensions that the server does not have. */
const UNSUPPORTED = ["shared_memory_region"] as const;

/** @throws RelayError REQUEST_INVALID */
export function requireSupported(parameters: JsonObject, what: string): void {
  for (const name of UNSUPPORTED) {
    if (parameters[name] !== undefined) throw invalid(`${what} asks for ${name}, which this server does not have`);
  }
}

/** @throws RelayError REQUEST_INVALID */
export function requireDistinct(names: readonly string[], what: string): void {
  if (names.length > 1 && new Set(names).size < names.length) throw invalid(`two ${what} have the same name`);
}

/** How many classes of an output a request asks for; undefined: it asks for the tensor. @throws RelayError REQUEST_INVALID */
export function classesOf({ classification }: JsonObject, name: string): number | undefined {
  if (classification === undefined) return undefined;
  const classes = asSize(classification, `classification of ${name}`);
  if (classes > 0) return classes;
  throw invalid(`classification of ${name} is 0; at least 1 class must be asked for`);
}
