import { datatypeOf, type TensorSpec } from "../core/index.ts";
import type { ModelOptions, VersionPolicy } from "../engine/index.ts";
import type { ServedModel } from "./served-model.ts";

type TensorConfig = {
  readonly name: string;
  /** `TYPE_` and the protocol's datatype. */
  readonly data_type: string;
  /** -1 = variable; without the axis of rows where `max_batch_size` is not 0. */
  readonly dims: readonly number[];
};

type VersionPolicyConfig =
  | { readonly latest: { readonly num_versions: number } }
  | { readonly all: Readonly<Record<string, never>> }
  | { readonly specific: { readonly versions: readonly number[] } };

/** What the model configuration extension tells of a model, under Triton's names. */
export type ModelConfigJson = {
  readonly name: string;
  readonly platform: string;
  readonly backend: string;
  readonly version_policy: VersionPolicyConfig;
  /** 0 where rows of different requests may not share a batch. */
  readonly max_batch_size: number;
  readonly input: readonly TensorConfig[];
  readonly output: readonly TensorConfig[];
  /** Missing where rows may not share. */
  readonly dynamic_batching?: { readonly max_queue_delay_microseconds: number };
  readonly instance_group: readonly [{ readonly name: string; readonly kind: "KIND_CPU"; readonly count: number }];
  /** Our own options, as far as they were given and Triton has no name for them. */
  readonly parameters: Readonly<Record<string, { readonly string_value: string }>>;
};

export const PLATFORM = "pytorch_export";
const BACKEND = "torchrelay";

/** The largest number that Triton's field holds. */
const MAX_INT32 = 2 ** 31 - 1;

function tensorConfig({ name, dtype, shape }: TensorSpec, sharesRows: boolean): TensorConfig {
  const dims = shape.map((dim) => (typeof dim === "number" ? dim : -1));
  return { name, data_type: `TYPE_${datatypeOf(dtype)}`, dims: sharesRows ? dims.slice(1) : dims };
}

function versionPolicy(policy: VersionPolicy): VersionPolicyConfig {
  return "latest" in policy ? { latest: { num_versions: policy.latest.numVersions ?? 1 } } : policy;
}

const OWN_PARAMETERS: readonly (keyof ModelOptions)[] = [
  "queueCapacityRows",
  "intraOpThreads",
  "deterministic",
  "allowNondeterministic",
  "warmupMs",
  "weight",
];

function parametersOf(options: ModelOptions): ModelConfigJson["parameters"] {
  const given = OWN_PARAMETERS.filter((name) => options[name] !== undefined);
  return Object.fromEntries(given.map((name) => [name, { string_value: String(options[name]) }]));
}

/** The configuration of a model that is ready. @throws RelayError MODEL_NOT_READY */
export function modelConfig({ name, model, config }: ServedModel): ModelConfigJson {
  const { maxRows, queueDelayMs, runsAtOnce } = model.batching;
  const sharesRows = maxRows > 1;
  return {
    name,
    platform: PLATFORM,
    backend: BACKEND,
    version_policy: versionPolicy(config.versionPolicy),
    max_batch_size: sharesRows ? Math.min(maxRows, MAX_INT32) : 0,
    input: model.inputs.map((spec) => tensorConfig(spec, sharesRows)),
    output: model.outputs.map((spec) => tensorConfig(spec, sharesRows)),
    ...(sharesRows && { dynamic_batching: { max_queue_delay_microseconds: Math.round(queueDelayMs * 1000) } }),
    instance_group: [{ name, kind: "KIND_CPU", count: runsAtOnce }],
    parameters: parametersOf(config.options),
  };
}
