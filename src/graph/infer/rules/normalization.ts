import type { Dim } from "../../../core/index.ts";
import { formatShape } from "../../../core/index.ts";
import type { TensorType } from "../../types.ts";
import { requireSame } from "../broadcast.ts";
import type { InferCall } from "../infer-call.ts";
import type { InferRule, InferRules } from "../infer-rule.ts";
import { fresh, tensor } from "../tensor.ts";
import { named } from "./pointwise.ts";

/** The statistics of 16-bit floats are 16-bit, unless the weights are of another dtype. */
function normalized({ dtype, shape, contiguous }: TensorType): TensorType {
  return tensor(dtype, shape, contiguous === true ? true : undefined);
}

function requireTail(call: InferCall, { shape }: TensorType): readonly Dim[] {
  const tail = call.sizes("normalized_shape");
  const legal = `[…, ${formatShape(tail).slice(1)}`;
  const own = shape.slice(shape.length - tail.length);
  if (own.length !== tail.length) return call.refuse(shape, legal);
  for (const [axis, size] of tail.entries()) requireSame(call, own[axis] ?? 1, size, shape, legal);
  return shape.map((dim, axis) => (axis < shape.length - tail.length ? dim : 1));
}

const alongTail: InferRule = (call) => {
  const input = call.tensor("input");
  requireTail(call, input);
  return normalized(input);
};

const withStatistics: InferRule = (call) => {
  const input = call.tensor("input");
  const statistics = requireTail(call, input);
  const { dtype } = input;
  return [normalized(input), fresh(dtype, statistics), fresh(dtype, statistics)];
};

const perChannel: InferRule = (call) => {
  const input = call.tensor("input");
  if (input.shape.length < 2 && call.name === "group_norm") return call.refuse(input.shape, "[batch, channels, …]");
  return normalized(input);
};

const rootMeanSquare: InferRule = (call) => {
  const input = call.tensor("input");
  return [normalized(input), fresh(input.dtype, requireTail(call, input))];
};

const groupsWithStatistics: InferRule = (call) => {
  const input = call.tensor("input");
  const statistics = fresh(input.dtype, [call.size("N"), call.size("group")]);
  return [normalized(input), statistics, statistics];
};

/** Statistics of the batch where they are computed, else nothing. */
function batchStatistics(call: InferCall, isComputed: boolean): readonly TensorType[] {
  const { dtype, shape } = call.tensor("input");
  const statistics = fresh(dtype, isComputed ? [shape[1] ?? 0] : [0]);
  return [statistics, statistics];
}

function batchNorm(
  isComputed: (call: InferCall) => boolean,
  more: (call: InferCall) => readonly TensorType[] = () => [],
): InferRule {
  return (call) => [normalized(call.tensor("input")), ...batchStatistics(call, isComputed(call)), ...more(call)];
}

/** The batch's statistics, and the running ones as they are afterwards. */
const batchNormUpdated: InferRule = (call) => [
  normalized(call.tensor("input")),
  ...batchStatistics(call, call.boolean("training")),
  call.tensor("running_mean"),
  call.tensor("running_var"),
];

const weightNormWithNorms: InferRule = (call) => {
  const { dtype, shape } = call.tensor("g");
  return [weightNorm(call) as TensorType, fresh(dtype, shape)];
};

const weightNorm: InferRule = (call) => normalized(call.tensor("v"));

export const NORMALIZATION: InferRules = {
  ...named(alongTail, "layer_norm rms_norm"),
  native_layer_norm: withStatistics,
  _fused_rms_norm: rootMeanSquare,
  ...named(perChannel, "batch_norm group_norm instance_norm"),
  native_group_norm: groupsWithStatistics,
  ...named(
    batchNorm((call) => call.boolean("training")),
    "native_batch_norm _native_batch_norm_legit",
  ),
  "_native_batch_norm_legit.no_stats": batchNorm(() => true),
  _native_batch_norm_legit_no_training: batchNorm(() => false),
  _batch_norm_no_update: batchNorm(
    () => false,
    () => [fresh("uint8", [0])],
  ),
  _batch_norm_with_update: batchNorm(
    () => true,
    () => [fresh("uint8", [0])],
  ),
  _native_batch_norm_legit_functional: batchNormUpdated,
  _weight_norm: weightNorm,
  _weight_norm_interface: weightNormWithNorms,
};
