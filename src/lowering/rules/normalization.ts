import type { DType } from "../../core/index.ts";
import { float } from "../attributes.ts";
import type { Call } from "../call.ts";
import type { Emitter } from "../emitter.ts";
import type { Operand, ShapedOperand } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";
import { reshapeLike, reshapeTo, squeeze } from "../shaping.ts";
import { reduce } from "./reduction.ts";

function uniform(emit: Emitter, like: Operand, value: number, shape: readonly number[]): Operand {
  return emit.op("Expand", [emit.like(like, value), emit.int64s(shape)]);
}

function channelCount(call: Call, { shape }: ShapedOperand): number {
  return call.known(shape[1], "the number of channels");
}

/** Brings a vector of one element per channel to the shape that broadcasts over `rank` axes. */
function perChannel(emit: Emitter, vector: Operand, rank: number): Operand {
  return rank <= 2 ? vector : reshapeTo(emit, vector, [-1, ...Array<number>(rank - 2).fill(1)]);
}

function scaled(emit: Emitter, input: Operand, weight: Operand | undefined, bias: Operand | undefined): Operand {
  const product = weight ? emit.op("Mul", [input, weight]) : input;
  return bias ? emit.op("Add", [product, bias]) : product;
}

/** `input` times the weight and plus the bias of its channel. */
function scaledChannels(emit: Emitter, call: Call, input: Operand, rank: number): Operand {
  const [weight, bias] = [call.optionalTensor("weight"), call.optionalTensor("bias")];
  return scaled(emit, input, weight && perChannel(emit, weight, rank), bias && perChannel(emit, bias, rank));
}

/** With the statistics of training. */
function normalizeByRunning(emit: Emitter, call: Call): Operand {
  const input = call.tensor("input");
  const [mean, variance] = [call.tensor("running_mean"), call.tensor("running_var")];
  const channels = [channelCount(call, input)];
  const weight = call.optionalTensor("weight") ?? uniform(emit, input, 1, channels);
  const bias = call.optionalTensor("bias") ?? uniform(emit, input, 0, channels);
  return emit.op("BatchNormalization", [input, weight, bias, mean, variance], { epsilon: float(call.number("eps")) });
}

interface Standardized {
  readonly mean: Operand;
  /** One over the square root of the variance and epsilon. */
  readonly factor: Operand;
  readonly result: Operand;
}

/** Brings mean and variance over `axes` to 0 and 1. */
function standardize(emit: Emitter, input: Operand, axes: readonly number[], epsilon: number): Standardized {
  const extent = { axes, keepdims: true };
  const mean = reduce(emit, "ReduceMean", input, extent);
  const deviation = emit.op("Sub", [input, mean]);
  const variance = reduce(emit, "ReduceMean", emit.op("Mul", [deviation, deviation]), extent);
  const root = emit.op("Sqrt", [emit.op("Add", [variance, emit.like(variance, epsilon)])]);
  return { mean, factor: emit.op("Reciprocal", [root]), result: emit.op("Div", [deviation, root]) };
}

/** With the statistics of the batch itself, which training did not keep; gives them too. */
function normalizeByBatch(emit: Emitter, call: Call): readonly Operand[] {
  const input = call.tensor("input");
  const axes = input.shape.map((_, axis) => axis).filter((axis) => axis !== 1);
  const { mean, factor, result } = standardize(emit, input, axes, call.number("eps"));
  const statistics = [mean, factor].map((each) => squeeze(emit, each, ...axes));
  return [scaledChannels(emit, call, result, input.shape.length), ...statistics];
}

/** The statistics that are given for training are empty after inference. */
function normalizeBatch(emit: Emitter, call: Call): readonly Operand[] {
  if (!call.has("running_mean")) return normalizeByBatch(emit, call);
  if (call.has("training") && call.boolean("training")) {
    return call.refuse("it updates its running statistics; export after model.eval()");
  }
  const empty = emit.op("Expand", [emit.constant("float32", 0), emit.int64s([0])]);
  return [normalizeByRunning(emit, call), empty, empty];
}

const layerNorm: Rule = (emit, call) => {
  const input = call.tensor("input");
  const shape = call.ints("normalized_shape");
  const weight = call.optionalTensor("weight") ?? uniform(emit, input, 1, shape);
  const bias = call.optionalTensor("bias");
  const attributes = { axis: -shape.length, epsilon: float(call.number("eps")) };
  return emit.ops("LayerNormalization", bias ? [input, weight, bias] : [input, weight], attributes, 3);
};

function normalizeGroups(emit: Emitter, call: Call, groups: number): Operand {
  const input = call.tensor("input");
  if (input.shape.includes(0)) return input;
  const grouped = reshapeTo(emit, input, [0, groups, -1]);
  const [ones, zeros] = [uniform(emit, input, 1, [groups]), uniform(emit, input, 0, [groups])];
  const normalized = emit.op("InstanceNormalization", [grouped, ones, zeros], { epsilon: float(call.number("eps")) });
  const restored = reshapeLike(emit, normalized, input);
  return scaledChannels(emit, call, restored, input.shape.length);
}

const groupNorm: Rule = (emit, call) => normalizeGroups(emit, call, call.number("num_groups"));

/** With the mean of each group and the reciprocal of its deviation. */
const nativeGroupNorm: Rule = (emit, call) => {
  const groups = call.number("group");
  const input = call.tensor("input");
  if (input.shape.includes(0)) {
    const shape = call.result(1).shape.map((size) => call.known(size, "the size of the batch"));
    const nothing = emit.op("Expand", [emit.like(input, 0), emit.int64s(shape)]);
    return shape.includes(0) ? [input, nothing, nothing] : [input];
  }
  const { mean, factor } = standardize(emit, reshapeTo(emit, input, [0, groups, -1]), [2], call.number("eps"));
  return [normalizeGroups(emit, call, groups), squeeze(emit, mean, 2), squeeze(emit, factor, 2)];
};

const instanceNorm: Rule = (emit, call) => {
  if (!call.boolean("use_input_stats")) return normalizeByRunning(emit, call);
  if (call.has("running_mean")) return call.refuse("it updates its running statistics; export after model.eval()");
  return normalizeGroups(emit, call, channelCount(call, call.tensor("input")));
};

/** The distance from 1 to the next number: what stands for a missing epsilon. */
const MACHINE_EPSILON: Readonly<Partial<Record<DType, number>>> = {
  bfloat16: 2 ** -7,
  float16: 2 ** -10,
  float32: 2 ** -23,
  float64: 2 ** -52,
};

const rmsNorm: Rule = (emit, call) => {
  const input = call.tensor("input");
  const rank = input.shape.length;
  const axes = call.ints("normalized_shape").map((_, i) => rank - 1 - i);
  const squares = reduce(emit, "ReduceMean", emit.op("Mul", [input, input]), { axes, keepdims: true });
  const epsilon = call.has("eps") ? call.number("eps") : (MACHINE_EPSILON[call.result().dtype] ?? 0);
  const root = emit.op("Sqrt", [emit.op("Add", [squares, emit.like(squares, epsilon)])]);
  const reciprocal = emit.op("Reciprocal", [root]);
  return [scaled(emit, emit.op("Mul", [input, reciprocal]), call.optionalTensor("weight"), undefined), reciprocal];
};

/** `g · v / ‖v‖`, the norm taken over all axes but `dim`. */
const weightNorm: Rule = (emit, call) => {
  const [direction, magnitude] = [call.tensor("v"), call.tensor("g")];
  const kept = call.number("dim");
  const axes = direction.shape.map((_, axis) => axis).filter((axis) => axis !== kept);
  const norm = reduce(emit, "ReduceL2", direction, { axes, keepdims: true });
  return emit.op("Mul", [direction, emit.op("Div", [magnitude, norm])]);
};

export const NORMALIZATION: RuleTable = {
  "aten.batch_norm.default": normalizeBatch,
  "aten._native_batch_norm_legit.no_stats": normalizeBatch,
  "aten.native_batch_norm.default": normalizeBatch,
  "aten._native_batch_norm_legit_functional.default": normalizeBatch,
  "aten._native_batch_norm_legit_no_training.default": normalizeBatch,
  "aten._batch_norm_no_update.default": normalizeBatch,
  "aten.layer_norm.default": layerNorm,
  "aten.native_layer_norm.default": layerNorm,
  "aten.group_norm.default": groupNorm,
  "aten.native_group_norm.default": nativeGroupNorm,
  "aten.instance_norm.default": instanceNorm,
  "aten.rms_norm.default": rmsNorm,
  "aten._fused_rms_norm.default": rmsNorm,
  "aten._weight_norm.default": weightNorm,
};
