import { datatypeOf, type Signature, type TensorSpec } from "../core/index.ts";
import { PLATFORM } from "./model-config.ts";
import type { ServedModel } from "./served-model.ts";

/** Extensions of the protocol, by their registered names. */
const EXTENSIONS = [
  "binary_tensor_data",
  "classification",
  "model_configuration",
  "model_repository",
  "schedule_policy",
  "statistics",
] as const;

export type ServerMetadata = {
  readonly name: string;
  readonly version: string;
  readonly extensions: readonly string[];
};

export function serverMetadata(version: string): ServerMetadata {
  return { name: "torchrelay", version, extensions: EXTENSIONS };
}

type TensorMetadata = {
  readonly name: string;
  readonly datatype: string | undefined;
  /** -1 = variable. */
  readonly shape: readonly number[];
};

function tensorMetadata({ name, dtype, shape }: TensorSpec): TensorMetadata {
  return { name, datatype: datatypeOf(dtype), shape: shape.map((dim) => (typeof dim === "number" ? dim : -1)) };
}

/** The tensors of a model that the protocol has no datatype for. */
export function unservable({ inputs, outputs }: Signature): readonly TensorSpec[] {
  return [...inputs, ...outputs].filter(({ dtype }) => datatypeOf(dtype) === undefined);
}

export type ModelMetadata = {
  readonly name: string;
  readonly versions: readonly string[];
  readonly platform: string;
  readonly inputs: readonly TensorMetadata[];
  readonly outputs: readonly TensorMetadata[];
};

/** @param versions all; those that are ready are listed @throws RelayError MODEL_NOT_READY */
export function modelMetadata({ name, model }: ServedModel, versions: readonly ServedModel[]): ModelMetadata {
  return {
    name,
    versions: versions.filter(({ isReady }) => isReady).map(({ version }) => version),
    platform: PLATFORM,
    inputs: model.inputs.map(tensorMetadata),
    outputs: model.outputs.map(tensorMetadata),
  };
}
