import { createRequire } from "node:module";
import type { ErrorObject, ValidateFunction } from "ajv/dist/2020.js";
import { nearestName } from "../util/index.ts";

/** A schema in JSON Schema 2020-12. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

/** Holds values to a schema. */
export interface SchemaCheck {
  /** What is wrong with a value, in words; undefined when it fits. */
  (value: unknown, what: string): string | undefined;
  /** Compiles the schema, which otherwise happens with the first value. */
  prepare(): void;
}

/** Schemas are constants, so that they need not be checked themselves: that would take most of the time. */
const OPTIONS = { verbose: true, strictTypes: false, strictRequired: false, validateSchema: false, meta: false };

/** Loaded when the first schema is compiled, which most programs never do. */
function compile(schema: JsonSchema): ValidateFunction {
  const { Ajv2020 } = createRequire(import.meta.url)("ajv/dist/2020.js") as typeof import("ajv/dist/2020.js");
  return new Ajv2020(OPTIONS).compile(schema);
}

/** `parameters.priority` of a pointer such as `/parameters/priority`. */
function dotted(pointer: string): string {
  return pointer
    .slice(1)
    .split("/")
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"))
    .join(".");
}

function unknownKey({ params, parentSchema }: ErrorObject): string {
  const key = String((params as { additionalProperty?: unknown }).additionalProperty).slice(0, 80);
  const legal = Object.keys((parentSchema?.["properties"] as JsonSchema | undefined) ?? {});
  const nearest = nearestName(key, legal);
  return `has the unknown key ${key}; ${nearest ? `did you mean ${nearest}?` : `legal: ${legal.join(", ")}`}`;
}

function given(value: unknown): string {
  if (typeof value === "object") return "";
  return ` but is ${(typeof value === "string" ? JSON.stringify(value) : String(value)).slice(0, 80)}`;
}

const WORDS: Readonly<Record<string, (error: ErrorObject) => string>> = {
  additionalProperties: unknownKey,
  required: ({ params }) => `lacks ${String((params as { missingProperty?: unknown }).missingProperty)}`,
  enum: ({ params, data }) => {
    const legal = (params as { allowedValues: readonly unknown[] }).allowedValues;
    return `must be one of ${legal.join(", ")}${given(data)}`;
  },
  minItems: ({ params }) => `has fewer than ${(params as { limit: number }).limit} elements`,
  not: ({ parentSchema, data }) => `must be ${parentSchema?.["description"] ?? "something else"}${given(data)}`,
  false: () => "is not allowed",
};

function describe(error: ErrorObject, what: string): string {
  const place = error.instancePath === "" ? what : `${dotted(error.instancePath).slice(0, 200)} of ${what}`;
  const words = WORDS[error.keyword]?.(error) ?? `${error.message}${given(error.data)}`;
  return `${place} ${words}`;
}

/** Compiles a schema when it is first used. */
export function schemaCheck(schema: JsonSchema): SchemaCheck {
  let compiled: ValidateFunction | undefined;
  const validator = (): ValidateFunction => (compiled ??= compile(schema));
  const check = (value: unknown, what: string): string | undefined => {
    const validate = validator();
    if (validate(value)) return undefined;
    const [error] = validate.errors ?? [];
    return error ? describe(error, what) : `${what} does not fit its schema`;
  };
  return Object.assign(check, { prepare: () => void validator() });
}
