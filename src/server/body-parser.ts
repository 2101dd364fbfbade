import { type JsonSchema, schemaCheck } from "../container/index.ts";
import { invalid } from "./invalid.ts";
import { parseRequest } from "./request-json.ts";

/**
 * Parses the bodies of requests that fit a schema.
 * @typeParam T what the schema describes
 * @throws RelayError REQUEST_INVALID, LIMIT_EXCEEDED
 */
export function bodyParser<T>(schema: JsonSchema): (body: Uint8Array) => T {
  const check = schemaCheck(schema);
  return (body) => {
    const value = parseRequest(body);
    const problem = check(value, "the body");
    if (problem !== undefined) throw invalid(problem);
    return value as T;
  };
}
