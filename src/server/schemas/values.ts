import type { JsonSchema } from "../../container/index.ts";

export type Properties = Readonly<Record<string, JsonSchema>>;

/** An object with these properties and perhaps more, as the protocol lets implementations add some. */
export function object(properties: Properties, required: readonly string[] = []): JsonSchema {
  return { type: "object", properties, required };
}

export function list(items: JsonSchema): JsonSchema {
  return { type: "array", items };
}

/** A schema that the API's description knows by this name. */
export function named(title: string, schema: JsonSchema): JsonSchema {
  return { title, ...schema };
}

export const STRING: JsonSchema = { type: "string" };
export const BOOLEAN: JsonSchema = { type: "boolean" };

/** Of any elements: checks do not walk it. */
export const LIST: JsonSchema = { type: "array" };

/** A count or size that a double holds exactly. */
export const SIZE: JsonSchema = { type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER };

/** The `not` lets pass what the parser makes of integers beyond 2^53 too. */
export const PARAMETER: JsonSchema = {
  description: "a string, a number, true or false",
  not: { type: ["object", "array", "null"] },
};

/** Parameters of a tensor or a message, of which these are known. */
export function parameters(known: Properties): JsonSchema {
  return { type: "object", properties: known, additionalProperties: PARAMETER };
}
