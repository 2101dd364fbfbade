import type { JsonSchema } from "../container/index.ts";

/** An object with these properties and perhaps more, as the protocol lets implementations add some. */
export function object(properties: Readonly<Record<string, JsonSchema>>, required: readonly string[]): JsonSchema {
  return { type: "object", properties, required };
}

export const STRING: JsonSchema = { type: "string" };
export const BOOLEAN: JsonSchema = { type: "boolean" };

const DURATION = object({ count: { type: "integer" }, ns: { type: "integer" } }, ["count", "ns"]);

const TENSOR_METADATA = object(
  { name: STRING, datatype: STRING, shape: { type: "array", items: { type: "integer", minimum: -1 } } },
  ["name", "datatype", "shape"],
);

export const SERVER_METADATA: JsonSchema = object(
  { name: STRING, version: STRING, extensions: { type: "array", items: STRING } },
  ["name", "version", "extensions"],
);

export const MODEL_METADATA: JsonSchema = object(
  {
    name: STRING,
    versions: { type: "array", items: STRING },
    platform: STRING,
    inputs: { type: "array", items: TENSOR_METADATA },
    outputs: { type: "array", items: TENSOR_METADATA },
  },
  ["name", "platform", "inputs", "outputs"],
);

export const MODEL_STATISTICS: JsonSchema = object(
  {
    model_stats: {
      type: "array",
      items: object(
        {
          name: STRING,
          version: STRING,
          last_inference: { type: "integer" },
          inference_count: { type: "integer" },
          execution_count: { type: "integer" },
          inference_stats: { type: "object", additionalProperties: DURATION },
          batch_stats: { type: "array" },
        },
        ["name", "version"],
      ),
    },
  },
  ["model_stats"],
);
