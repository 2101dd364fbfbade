import { numel } from "../../core/index.ts";
import type { Call } from "../call.ts";
import type { Emitter } from "../emitter.ts";
import type { Operand, ShapedOperand, Size } from "../operand.ts";
import { reshapeTo, sizeOf, slice } from "../shaping.ts";
import { padded, planeOf, type Sliding, slidingOver, taps } from "./windows.ts";

/** What a convolution is told besides its tensors. */
export interface ConvolutionGeometry {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Before all axes, then after all axes. */
  readonly pads: readonly number[];
}

/** The weights at each offset within the kernel, as (groups, out, in) matrices. */
type Matrices = readonly Operand[];

function matricesOf(emit: Emitter, weights: Operand, count: number): Matrices {
  return Array.from({ length: count }, (_, i) => emit.op("Gather", [weights, emit.int64(i)], { axis: 0 }));
}

/** Sums over the offsets of a kernel of matrix products: for dtypes that have no native convolution. */
function sumOfProducts(emit: Emitter, call: Call, input: ShapedOperand, matrices: Matrices, sliding: Sliding): Operand {
  const rank = input.shape.length;
  const groups = call.number("groups");
  const channels = call.known(input.shape[1], "the number of channels");
  const batch = sizeOf(emit, input, 0);
  const flat = numel(sliding.counts);
  const wide = padded(emit, input, rank, sliding, emit.like(input, 0));
  const products = taps(emit, call, wide, rank, sliding).map((tap, i) => {
    const columns = reshapeTo(emit, tap, [batch, groups, channels / groups, flat]);
    return emit.op("MatMul", [matrices[i] ?? columns, columns]);
  });
  const sum = products.reduce((total, product) => emit.op("Add", [total, product]));
  const out = call.known(call.shape.at(-1 - sliding.counts.length), "the number of channels");
  return withBias(emit, call, reshapeTo(emit, sum, [batch, out, ...sliding.counts]), rank);
}

function withBias(emit: Emitter, call: Call, result: Operand, rank: number): Operand {
  const bias = call.optionalTensor("bias");
  if (!bias) return result;
  return emit.op("Add", [result, reshapeTo(emit, bias, [-1, ...Array<number>(rank - 2).fill(1)])]);
}

/** A convolution of a batch by sums of matrix products. */
export function unrolledConvolution(
  emit: Emitter,
  call: Call,
  input: ShapedOperand,
  given: ConvolutionGeometry,
): Operand {
  const { kernel, strides, dilations, pads } = given;
  const rank = kernel.length;
  const [plane, counts] = [planeOf(call, input, rank), planeOf(call, call.result(), rank)];
  const before = pads.slice(0, rank);
  const sliding = slidingOver(plane, counts, { kernel, strides, dilations, before });
  const [groups, weight] = [call.number("groups"), call.tensor("weight")];
  const [out, size] = [0, 1].map((axis) => call.known(weight.shape[axis], "a size of the weight"));
  const taken = reshapeTo(emit, weight, [groups, (out ?? 1) / groups, size ?? 1, numel(kernel)]);
  const matrices = matricesOf(emit, emit.transpose(taken, [3, 0, 1, 2]), numel(kernel));
  return sumOfProducts(emit, call, input, matrices, sliding);
}

/** Puts `stride - 1` zeros between the elements along one axis. */
function spreadOut(emit: Emitter, input: Operand, sizes: readonly Size[], axis: number, stride: number): Operand {
  const size = sizes[axis];
  if (stride === 1 || typeof size !== "number") return input;
  const column = reshapeTo(emit, input, [...sizes.slice(0, axis + 1), 1, ...sizes.slice(axis + 1)]);
  const after = [...sizes, 1].map((_, i) => (i === axis + 1 ? stride - 1 : 0));
  const wide = emit.op("Pad", [column, emit.int64s([...after.map(() => 0), ...after]), emit.like(input, 0)]);
  const flat = reshapeTo(emit, wide, sizes.with(axis, size * stride));
  return slice(emit, flat, axis, 0, (size - 1) * stride + 1);
}

/** A transposed convolution of a batch: an ordinary one, of the spread out input by the turned kernel. */
export function unrolledTransposed(
  emit: Emitter,
  call: Call,
  input: ShapedOperand,
  given: ConvolutionGeometry,
): Operand {
  const { kernel, strides, dilations, pads } = given;
  const rank = kernel.length;
  const counts = planeOf(call, call.result(), rank);
  const sizes = input.shape.map((_, axis) => sizeOf(emit, input, axis));
  const plane = planeOf(call, input, rank);
  const spread = plane.reduce<{ operand: Operand; sizes: readonly Size[] }>(
    (current, size, i) => {
      const wide = spreadOut(emit, current.operand, current.sizes, i + 2, strides[i] ?? 1);
      return { operand: wide, sizes: current.sizes.with(i + 2, (size - 1) * (strides[i] ?? 1) + 1) };
    },
    { operand: input, sizes },
  );
  const shape = input.shape.map((size, axis) => (axis < 2 ? size : Number(spread.sizes[axis])));
  const before = kernel.map((size, i) => (dilations[i] ?? 1) * (size - 1) - (pads[i] ?? 0));
  const sliding = slidingOver(planeOf(call, { ...spread.operand, shape }, rank), counts, {
    kernel,
    strides: kernel.map(() => 1),
    dilations,
    before,
  });
  return sumOfProducts(emit, call, { ...spread.operand, shape }, turnedMatrices(emit, call, kernel), sliding);
}

function turnedMatrices(emit: Emitter, call: Call, kernel: readonly number[]): Matrices {
  const [groups, weight] = [call.number("groups"), call.tensor("weight")];
  const [size, out] = [0, 1].map((axis) => call.known(weight.shape[axis], "a size of the weight"));
  const taken = reshapeTo(emit, weight, [groups, (size ?? 1) / groups, out ?? 1, numel(kernel)]);
  return matricesOf(emit, emit.transpose(taken, [3, 0, 2, 1]), numel(kernel)).toReversed();
}
