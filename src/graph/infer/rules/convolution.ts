import { type Dim, formatDim } from "../../../core/index.ts";
import type { TensorType } from "../../types.ts";
import { requireSame } from "../broadcast.ts";
import { floorDivide, minus, plus, times } from "../dim-math.ts";
import type { InferCall } from "../infer-call.ts";
import type { InferRule, InferRules } from "../infer-rule.ts";
import { tensor } from "../tensor.ts";
import { requireDType } from "./matrix.ts";
import { named } from "./pointwise.ts";

interface Operands {
  readonly input: TensorType;
  readonly weight: TensorType;
  /** Sizes of the axes along which the kernel moves. */
  readonly spatial: readonly Dim[];
  readonly kernel: readonly Dim[];
  readonly groups: number;
}

function operands(call: InferCall): Operands {
  const [input, weight] = [call.tensor("input"), call.tensor("weight")];
  const bias = call.optionalTensor("bias");
  requireDType(call, input, weight, ...(bias ? [bias] : []));
  const kernel = weight.shape.slice(2);
  const isFit =
    kernel.length > 0 && (input.shape.length === kernel.length + 2 || input.shape.length === kernel.length + 1);
  if (!isFit) return call.refuse(input.shape, `[batch, channels] and ${kernel.length} more axes`);
  return { input, weight, spatial: input.shape.slice(-kernel.length), kernel, groups: call.int("groups") };
}

/** A kernel that is spread out takes `dilation * (size - 1) + 1` places. */
function extent(size: Dim, dilation: Dim): Dim {
  return plus(times(dilation, plus(size, -1)), 1);
}

function result(call: InferCall, { input, weight, kernel }: Operands, out: Dim, spatial: readonly Dim[]): TensorType {
  const isEmpty = spatial.some((size) => typeof size === "number" && size < 0);
  if (isEmpty) return call.refuse(input.shape, "sizes that are not less than the kernel's");
  const batch = input.shape.slice(0, -kernel.length - 1);
  const order = input.contiguous === true && weight.contiguous === true ? true : undefined;
  return tensor(input.dtype, [...batch, out, ...spatial], order);
}

function channels(call: InferCall, { input, kernel }: Operands, legal: Dim): void {
  const given = input.shape.at(-kernel.length - 1) ?? 1;
  requireSame(call, given, legal, input.shape, `${formatDim(legal)} channels`);
}

function paddings(call: InferCall, { kernel }: Operands, dilations: readonly Dim[]): readonly Dim[] {
  const arg = call.argument("padding");
  if (typeof arg !== "string") return call.sizes("padding", kernel.length).map((size) => times(2, size));
  return kernel.map((size, axis) => (arg === "same" ? plus(extent(size, dilations[axis] ?? 1), -1) : 0));
}

const convolved: InferRule = (call) => {
  const all = operands(call);
  const { weight, spatial, kernel, groups } = all;
  const [strides, dilations] = [call.sizes("stride", kernel.length), call.sizes("dilation", kernel.length)];
  const padding = paddings(call, all, dilations);
  channels(call, all, times(groups, weight.shape[1] ?? 1));
  const sizes = spatial.map((size, axis) => {
    const room = minus(plus(size, padding[axis] ?? 0), extent(kernel[axis] ?? 1, dilations[axis] ?? 1));
    return plus(floorDivide(room, strides[axis] ?? 1), 1);
  });
  return result(call, all, weight.shape[0] ?? 1, sizes);
};

const convolvedTransposed: InferRule = (call) => {
  const all = operands(call);
  const { weight, spatial, kernel, groups } = all;
  const [strides, dilations] = [call.sizes("stride", kernel.length), call.sizes("dilation", kernel.length)];
  const [padding, extra] = [call.sizes("padding", kernel.length), call.sizes("output_padding", kernel.length)];
  channels(call, all, weight.shape[0] ?? 1);
  const sizes = spatial.map((size, axis) => {
    const moved = times(plus(size, -1), strides[axis] ?? 1);
    const grown = plus(moved, extent(kernel[axis] ?? 1, dilations[axis] ?? 1), extra[axis] ?? 0);
    return minus(grown, times(2, padding[axis] ?? 0));
  });
  return result(call, all, times(groups, weight.shape[1] ?? 1), sizes);
};

const either: InferRule = (call) => (call.boolean("transposed") ? convolvedTransposed(call) : convolved(call));

export const CONVOLUTION: InferRules = {
  ...named(convolved, "conv1d conv2d conv3d"),
  ...named(convolvedTransposed, "conv_transpose1d conv_transpose2d conv_transpose3d"),
  ...named(either, "convolution _convolution"),
};
