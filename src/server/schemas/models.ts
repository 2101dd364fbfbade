import type { JsonSchema } from "../../container/index.ts";
import { BOOLEAN, list, named, object, SIZE, STRING } from "./values.ts";

export const SERVER_LIVE: JsonSchema = named("ServerLive", object({ live: BOOLEAN }, ["live"]));

export const SERVER_READY: JsonSchema = named("ServerReady", object({ ready: BOOLEAN }, ["ready"]));

export const MODEL_READY: JsonSchema = named("ModelReady", object({ name: STRING, ready: BOOLEAN }, ["name", "ready"]));

export const MODEL_NAMES: JsonSchema = named("ModelNames", object({ models: list(STRING) }, ["models"]));

export const SERVER_METADATA: JsonSchema = named(
  "ServerMetadata",
  object({ name: STRING, version: STRING, extensions: list(STRING) }, ["name", "version", "extensions"]),
);

const TENSOR_METADATA = named(
  "TensorMetadata",
  object(
    {
      name: STRING,
      datatype: STRING,
      shape: { ...list({ type: "integer", minimum: -1 }), description: "-1 is variable." },
    },
    ["name", "datatype", "shape"],
  ),
);

export const MODEL_METADATA: JsonSchema = named("ModelMetadata", {
  ...object(
    {
      name: STRING,
      versions: list(STRING),
      platform: STRING,
      inputs: list(TENSOR_METADATA),
      outputs: list(TENSOR_METADATA),
    },
    ["name", "platform", "inputs", "outputs"],
  ),
  examples: [
    {
      name: "m",
      versions: ["1"],
      platform: "pytorch_export",
      inputs: [{ name: "x", datatype: "FP32", shape: [-1, 3] }],
      outputs: [{ name: "y", datatype: "FP32", shape: [-1, 2] }],
    },
  ],
});

const DURATION = named("Duration", object({ count: SIZE, ns: SIZE }, ["count", "ns"]));

const OF_BATCHES = named(
  "BatchStatistics",
  object(
    {
      batch_size: { ...SIZE, description: "Rows." },
      compute_input: DURATION,
      compute_infer: DURATION,
      compute_output: DURATION,
    },
    ["batch_size", "compute_input", "compute_infer", "compute_output"],
  ),
);

const OF_MODEL = named(
  "ModelStatistics",
  object(
    {
      name: STRING,
      version: STRING,
      last_inference: { ...SIZE, description: "Unix time in milliseconds; 0 before the first request." },
      inference_count: { ...SIZE, description: "Rows." },
      execution_count: { ...SIZE, description: "Batches." },
      inference_stats: { type: "object", additionalProperties: DURATION },
      batch_stats: list(OF_BATCHES),
    },
    ["name", "version", "last_inference", "inference_count", "execution_count", "inference_stats", "batch_stats"],
  ),
);

export const MODEL_STATISTICS: JsonSchema = named(
  "Statistics",
  object({ model_stats: list(OF_MODEL) }, ["model_stats"]),
);
