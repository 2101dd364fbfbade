import type { JsonSchema } from "../../container/index.ts";
import type { ModelOptions } from "../options.ts";

const COUNT: JsonSchema = { type: "integer", minimum: 1, maximum: Number.MAX_SAFE_INTEGER };
const MILLISECONDS: JsonSchema = { type: "number", minimum: 0 };

const OPTIONS: Readonly<Record<keyof ModelOptions, JsonSchema>> = {
  intraOpThreads: {
    ...COUNT,
    description:
      "Threads that one run uses; with more of them, fewer runs go on at a time. Default: the cores divided by the workers, up to 4 for large models.",
  },
  maxBatchRows: {
    ...COUNT,
    description: "Rows of a batch at most; below it, measurements decide.",
    default: 1024,
  },
  queueDelayMs: {
    ...MILLISECONDS,
    description: "How long a request may wait for company while a worker is free, in milliseconds.",
    default: 0,
  },
  queueCapacityRows: { ...COUNT, description: "Rows that may wait; beyond, clients get 429.", default: 10_000 },
  deterministic: {
    type: "boolean",
    description: "Results independent of what else is running, to the last bit: every row runs alone.",
    default: false,
  },
  allowNondeterministic: {
    type: "boolean",
    description: "Run random operators with random numbers that are not PyTorch's, instead of refusing them.",
    default: false,
  },
  weight: {
    type: "number",
    exclusiveMinimum: 0,
    description: "Share of the workers when models compete for them: twice the weight, twice the time.",
    default: 1,
  },
  inputs: {
    type: "array",
    items: { type: "string" },
    description: "The tensors that a TorchScript model takes, such as x:float32[batch,3,224,224].",
  },
  arguments: { type: "object", description: "What else the forward of a TorchScript model takes, by name." },
  method: { type: "string", description: "The method of a TorchScript model that is run; forward when none is named." },
  warmupMs: {
    ...MILLISECONDS,
    description: "Longest time that measuring batch sizes may take while loading, in milliseconds.",
    default: 200,
  },
};

function closed(properties: Readonly<Record<string, JsonSchema>>, rules: JsonSchema = {}): JsonSchema {
  return { type: "object", properties, additionalProperties: false, ...rules };
}

const VERSION: JsonSchema = { type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER };

const VERSION_POLICY: JsonSchema = closed(
  {
    latest: closed({ numVersions: { ...COUNT, description: "How many, the highest first.", default: 1 } }),
    all: closed({}),
    specific: closed({ versions: { type: "array", items: VERSION, minItems: 1 } }, { required: ["versions"] }),
  },
  {
    minProperties: 1,
    maxProperties: 1,
    description: "Which versions to serve: the latest, all, or specific ones.",
    default: { latest: { numVersions: 1 } },
  },
);

/** What a model's `config.json` may say. */
export const MODEL_CONFIG_SCHEMA: JsonSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "Configuration of a model in a torchrelay model repository",
  ...closed({
    ...OPTIONS,
    versionPolicy: VERSION_POLICY,
    labels: {
      type: "object",
      additionalProperties: { type: "array", items: { type: "string" } },
      description: "Names of classes by output, in the order of its last axis, for the classification extension.",
      default: {},
    },
  }),
};
