import { type JsonSchema, schemaCheck } from "../container/index.ts";
import { invalid } from "./invalid.ts";
import { parseRequest } from "./request-json.ts";

export interface BodyParser<T> {
  (body: Uint8Array): T;
  /** Does what otherwise the first body has to wait for. */
  prepare(): void;
}

/**
 * Parses the bodies of requests that fit a schema.
 * @typeParam T what the schema describes
 * @throws RelayError REQUEST_INVALID, LIMIT_EXCEEDED
 */
export function bodyParser<T>(schema: JsonSchema): BodyParser<T> {
  const check = schemaCheck(schema);
  const parse = (body: Uint8Array): T => {
    const value = parseRequest(body);
    const problem = check(value, "the body");
    if (problem !== undefined) throw invalid(problem);
    return value as T;
  };
  return Object.assign(parse, { prepare: check.prepare });
}
