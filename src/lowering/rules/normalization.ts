import type { DType } from "../../core/index.ts";
import type { Call } from "../call.ts";
import type { Emitter } from "../emitter.ts";
import { float } from "../emitter.ts";
import type { Operand, ShapedOperand } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";
import { reshapeTo, shapeVector } from "../shaping.ts";
import { reduce } from "./reduction.ts";

function uniform(emit: Emitter, like: Operand, value: number, shape: readonly number[]): Operand {
  return emit.op("Expand", [emit.like(like, value), emit.int64s(shape)]);
}

function channelCount(call: Call, { shape }: ShapedOperand): number {
  const [, channels] = shape;
  return typeof channels === "number" ? channels : call.refuse("the number of channels is not known");
}

/** With the statistics of training. */
function normalizeBatch(emit: Emitter, call: Call): Operand {
  const input = call.tensor("input");
  const [mean, variance] = [call.optionalTensor("running_mean"), call.optionalTensor("running_var")];
  if (!mean || !variance) return call.refuse("it uses the statistics of the batch");
  const channels = [channelCount(call, input)];
  const weight = call.optionalTensor("weight") ?? uniform(emit, input, 1, channels);
  const bias = call.optionalTensor("bias") ?? uniform(emit, input, 0, channels);
  return emit.op("BatchNormalization", [input, weight, bias, mean, variance], { epsilon: float(call.number("eps")) });
}

/** In training every result depends on who shares the batch, and the statistics change. */
const batchNorm: Rule = (emit, call) => {
  if (call.boolean("training")) return call.refuse("it uses the statistics of the batch; export after model.eval()");
  return [normalizeBatch(emit, call)];
};

/** The statistics that are saved for training are empty. */
const nativeBatchNorm: Rule = (emit, call) => {
  if (call.has("training") && call.boolean("training")) {
    return call.refuse("it uses the statistics of the batch; export after model.eval()");
  }
  const empty = emit.op("Expand", [emit.constant("float32", 0), emit.int64s([0])]);
  return [normalizeBatch(emit, call), empty, empty];
};

const layerNorm: Rule = (emit, call) => {
  const input = call.tensor("input");
  const shape = call.ints("normalized_shape");
  const weight = call.optionalTensor("weight") ?? uniform(emit, input, 1, shape);
  const bias = call.optionalTensor("bias");
  const attributes = { axis: -shape.length, epsilon: float(call.number("eps")) };
  return emit.ops("LayerNormalization", bias ? [input, weight, bias] : [input, weight], attributes, 3);
};

/** Brings a vector of one element per channel to the shape that broadcasts over `rank` axes. */
function perChannel(emit: Emitter, vector: Operand, rank: number): Operand {
  return rank <= 2 ? vector : reshapeTo(emit, vector, [-1, ...Array<number>(rank - 2).fill(1)]);
}

function scaled(emit: Emitter, input: Operand, weight: Operand | undefined, bias: Operand | undefined): Operand {
  const product = weight ? emit.op("Mul", [input, weight]) : input;
  return bias ? emit.op("Add", [product, bias]) : product;
}

function normalizeGroups(emit: Emitter, call: Call, groups: number): Operand {
  const input = call.tensor("input");
  const rank = input.shape.length;
  const grouped = input.shape.includes(0) ? undefined : reshapeTo(emit, input, [0, groups, -1]);
  if (!grouped) return input;
  const [ones, zeros] = [uniform(emit, input, 1, [groups]), uniform(emit, input, 0, [groups])];
  const normalized = emit.op("InstanceNormalization", [grouped, ones, zeros], { epsilon: float(call.number("eps")) });
  const restored = emit.op("Reshape", [normalized, shapeVector(emit, input)]);
  const [weight, bias] = [call.optionalTensor("weight"), call.optionalTensor("bias")];
  return scaled(emit, restored, weight && perChannel(emit, weight, rank), bias && perChannel(emit, bias, rank));
}

const groupNorm: Rule = (emit, call) => normalizeGroups(emit, call, call.number("num_groups"));

const nativeGroupNorm: Rule = (emit, call) => [normalizeGroups(emit, call, call.number("group"))];

const instanceNorm: Rule = (emit, call) => {
  if (!call.boolean("use_input_stats")) return normalizeBatch(emit, call);
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
  "aten.batch_norm.default": batchNorm,
  "aten._native_batch_norm_legit.default": nativeBatchNorm,
  "aten.native_batch_norm.default": nativeBatchNorm,
  "aten._native_batch_norm_legit_no_training.default": nativeBatchNorm,
  "aten._batch_norm_no_update.default": nativeBatchNorm,
  "aten.layer_norm.default": layerNorm,
  "aten.native_layer_norm.default": layerNorm,
  "aten.group_norm.default": groupNorm,
  "aten.native_group_norm.default": nativeGroupNorm,
  "aten.instance_norm.default": instanceNorm,
  "aten.rms_norm.default": rmsNorm,
  "aten._fused_rms_norm.default": rmsNorm,
  "aten._weight_norm.default": weightNorm,
};
