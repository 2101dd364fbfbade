import { readFileSync } from "node:fs";
import { RelayError } from "../../core/index.ts";
import { unreadableReason } from "../../util/index.ts";
import { type ApiKey, keysProblem } from "./api-key.ts";

const LEGAL = '{"keys": [{"name": "…", "sha256": "…", "models": ["…"], "repository": true}]}';

/** @returns JSON, or the reason why it is none */
function parse(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new RelayError("FILE_UNREADABLE", { file, reason: unreadableReason(error) }, { cause: error });
  }
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** @throws RelayError OPTION_INVALID */
function checked(value: unknown, what: string): readonly ApiKey[] {
  const problem = value === undefined ? `${what} is not JSON` : keysProblem(value, what);
  if (problem === undefined) return (value as { readonly keys: readonly ApiKey[] }).keys;
  throw new RelayError("OPTION_INVALID", { option: "apiKeys", given: `not well-formed: ${problem}`, legal: LEGAL });
}

/**
 * The keys that a server takes. @param source the keys, or the JSON file that holds them
 * @throws RelayError OPTION_INVALID, FILE_UNREADABLE
 */
export function readKeys(source: readonly ApiKey[] | string): readonly ApiKey[] {
  return typeof source === "string" ? checked(parse(source), source) : checked({ keys: source }, "the list");
}
