import type { JsonObject } from "../container/index.ts";
import { invalid } from "./invalid.ts";

/** Parameters that would change the answer, of extensions that the server does not have. */
const UNSUPPORTED = ["classification", "shared_memory_region"] as const;

/** @throws RelayError REQUEST_INVALID */
export function requireSupported(parameters: JsonObject, what: string): void {
  for (const name of UNSUPPORTED) {
    if (parameters[name] !== undefined) throw invalid(`${what} asks for ${name}, which this server does not have`);
  }
}

/** @throws RelayError REQUEST_INVALID */
export function requireDistinct(names: readonly string[], what: string): void {
  if (new Set(names).size < names.length) throw invalid(`two ${what} have the same name`);
}
