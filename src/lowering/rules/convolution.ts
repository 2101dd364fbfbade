import type { Call } from "../call.ts";
import type { Emitter } from "../emitter.ts";
import type { Operand, ShapedOperand } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";
import { squeeze, unsqueeze } from "../shaping.ts";
import { unrolledConvolution, unrolledTransposed } from "./unrolled-convolution.ts";

interface Geometry {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Before all axes, then after all axes. */
  readonly pads: readonly number[];
}

function kernelShape(call: Call, weight: ShapedOperand): readonly number[] {
  return weight.shape.slice(2).map((size) => call.known(size, "the size of the kernel"));
}

/** "same" puts the odd element of padding at the end. */
function namedPads(call: Call, kernel: readonly number[], dilations: readonly number[]): readonly number[] {
  const name = call.string("padding");
  if (name === "valid") return [...kernel, ...kernel].fill(0);
  if (name !== "same") return call.refuse(`padding ${name}`);
  const totals = kernel.map((size, axis) => (dilations[axis] ?? 1) * (size - 1));
  const before = totals.map((total) => Math.floor(total / 2));
  return [...before, ...totals.map((total, axis) => total - (before[axis] ?? 0))];
}

function geometry(call: Call, weight: ShapedOperand, hasNamedPadding: boolean): Geometry {
  const kernel = kernelShape(call, weight);
  const [strides, dilations] = [call.ints("stride", kernel.length), call.ints("dilation", kernel.length)];
  if (hasNamedPadding) return { kernel, strides, dilations, pads: namedPads(call, kernel, dilations) };
  const padding = call.ints("padding", kernel.length);
  return { kernel, strides, dilations, pads: [...padding, ...padding] };
}

/** Runs what needs a batch axis on an input that may lack it. */
export function batched(
  emit: Emitter,
  input: ShapedOperand,
  rank: number,
  run: (input: Operand) => readonly Operand[],
): readonly Operand[] {
  if (input.shape.length === rank) return run(input);
  return run(unsqueeze(emit, input, 0)).map((result) => squeeze(emit, result, 0));
}

/** Of others, as of float64, sums of products are made. */
function hasKernel({ dtype }: ShapedOperand): boolean {
  return dtype === "float32" || dtype === "float16" || dtype === "bfloat16";
}

function convolve(emit: Emitter, call: Call, hasNamedPadding: boolean): readonly Operand[] {
  const [input, weight, bias] = [call.tensor("input"), call.tensor("weight"), call.optionalTensor("bias")];
  const { kernel, strides, dilations, pads } = geometry(call, weight, hasNamedPadding);
  const attributes = { kernel_shape: kernel, strides, dilations, pads, group: call.number("groups") };
  if (!hasKernel(input)) {
    return unrolled(emit, call, kernel.length, (batch) =>
      unrolledConvolution(emit, call, batch, { kernel, strides, dilations, pads }),
    );
  }
  return batched(emit, input, kernel.length + 2, (batch) => [
    emit.op("Conv", bias ? [batch, weight, bias] : [batch, weight], attributes),
  ]);
}

/** Runs what needs to know the shape of the batch. */
function unrolled(emit: Emitter, call: Call, rank: number, run: (batch: ShapedOperand) => Operand): readonly Operand[] {
  const input = call.tensor("input");
  const isBatch = input.shape.length === rank + 2;
  const shape = isBatch ? input.shape : [1, ...input.shape];
  return batched(emit, input, rank + 2, (batch) => [run({ ...batch, shape })]);
}

function convolveTransposed(emit: Emitter, call: Call): readonly Operand[] {
  const [input, weight, bias] = [call.tensor("input"), call.tensor("weight"), call.optionalTensor("bias")];
  const { kernel, strides, dilations, pads } = geometry(call, weight, false);
  const output_padding = call.ints("output_padding", kernel.length);
  const isNative = hasKernel(input) && output_padding.every((size, axis) => size < (strides[axis] ?? 1));
  if (!isNative) {
    return unrolled(emit, call, kernel.length, (batch) =>
      unrolledTransposed(emit, call, batch, { kernel, strides, dilations, pads }),
    );
  }
  const attributes = { kernel_shape: kernel, strides, dilations, pads, output_padding, group: call.number("groups") };
  return batched(emit, input, kernel.length + 2, (batch) => [
    emit.op("ConvTranspose", bias ? [batch, weight, bias] : [batch, weight], attributes),
  ]);
}

const plain: Rule = (emit, call) => convolve(emit, call, false);
const named: Rule = (emit, call) => convolve(emit, call, true);
const either: Rule = (emit, call) =>
  call.boolean("transposed") ? convolveTransposed(emit, call) : convolve(emit, call, false);

export const CONVOLUTION: RuleTable = {
  "aten.conv1d.default": plain,
  "aten.conv2d.default": plain,
  "aten.conv3d.default": plain,
  "aten.conv1d.padding": named,
  "aten.conv2d.padding": named,
  "aten.conv3d.padding": named,
  "aten.convolution.default": either,
  "aten._convolution.default": either,
  "aten.conv_transpose1d.default": convolveTransposed,
  "aten.conv_transpose2d.input": convolveTransposed,
  "aten.conv_transpose3d.input": convolveTransposed,
};
