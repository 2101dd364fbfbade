import type { JsonSchema } from "../../container/index.ts";

/** Words, and names of schemas that have a place of their own. */
export type TypeWords = readonly (string | { readonly schema: string })[];

/** A field of an object, or of an object within it. */
export interface Field {
  /** Of a nested one with dots: `parameters.priority`. */
  readonly name: string;
  readonly type: TypeWords;
  readonly isRequired: boolean;
  readonly description: string;
}

const REFERENCE = /^#\/components\/schemas\//;

/** The schema's own place, when it is a reference. */
export function nameOf({ $ref }: JsonSchema): string | undefined {
  return typeof $ref === "string" ? $ref.replace(REFERENCE, "") : undefined;
}

function asSchema(value: unknown): JsonSchema | undefined {
  return typeof value === "object" && value !== null ? (value as JsonSchema) : undefined;
}

function bounds({ minimum, maximum, exclusiveMinimum }: JsonSchema): string {
  if (exclusiveMinimum !== undefined) return ` above ${exclusiveMinimum}`;
  if (minimum === undefined) return "";
  return maximum === undefined || maximum === Number.MAX_SAFE_INTEGER
    ? ` from ${minimum}`
    : ` from ${minimum} to ${maximum}`;
}

function listOf({ items }: JsonSchema): TypeWords {
  const item = asSchema(items);
  return item ? ["list of ", ...typeOf(item)] : ["list"];
}

function objectOf({ properties, additionalProperties }: JsonSchema): TypeWords {
  const value = asSchema(additionalProperties);
  return properties === undefined && value ? ["object of ", ...typeOf(value)] : ["object"];
}

const OF_TYPES: Readonly<Record<string, (schema: JsonSchema) => TypeWords>> = {
  array: listOf,
  object: objectOf,
  string: ({ pattern }) => [pattern === undefined ? "string" : `string of the pattern ${pattern}`],
};

/** What values of a schema are, in words. */
export function typeOf(schema: JsonSchema): TypeWords {
  const name = nameOf(schema);
  if (name !== undefined) return [{ schema: name }];
  if (Array.isArray(schema["enum"])) return [`one of ${schema["enum"].join(", ")}`];
  const { type } = schema;
  if (typeof type !== "string") return [String(schema["description"] ?? "anything")];
  return OF_TYPES[type]?.(schema) ?? [type + bounds(schema)];
}

function descriptionOf({ description, type, $ref, enum: values }: JsonSchema): string {
  const isType = type === undefined && $ref === undefined && values === undefined;
  return isType || description === undefined ? "" : String(description);
}

/** The fields of a schema of objects; none of any other. `*` stands for those that have no name. */
export function fieldsOf(schema: JsonSchema, prefix = ""): readonly Field[] {
  const properties = asSchema(schema["properties"]) as Readonly<Record<string, JsonSchema>> | undefined;
  if (!properties) return [];
  const required = (schema["required"] ?? []) as readonly string[];
  const own = Object.entries(properties).flatMap(([key, value]) => [
    { name: prefix + key, type: typeOf(value), isRequired: required.includes(key), description: descriptionOf(value) },
    ...fieldsOf(value, `${prefix}${key}.`),
  ]);
  const rest = asSchema(schema["additionalProperties"]);
  return rest ? [...own, { name: `${prefix}*`, type: typeOf(rest), isRequired: false, description: "" }] : own;
}

/** JSON for people: lists of plain values are in one line. */
export function exampleText(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(
    /\[[^[\]{}]+\]/g,
    (list) => `[${list.slice(1, -1).trim().replace(/\s+/g, " ")}]`,
  );
}
