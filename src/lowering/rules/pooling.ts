import { type Dim, type DType, numel } from "../../core/index.ts";
import type { Attributes } from "../attributes.ts";
import type { Call } from "../call.ts";
import type { Emitter } from "../emitter.ts";
import type { Operand, ShapedOperand } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";
import { reshape, reshapeTo, sizeOf, slice } from "../shaping.ts";
import { batched } from "./convolution.ts";
import { openAveragingWeights } from "./open-windows.ts";
import { position, reduce } from "./reduction.ts";
import { unrolledAveragePool, unrolledMaxPool } from "./unrolled-pooling.ts";

interface Window {
  readonly kernel_shape: readonly number[];
  readonly strides: readonly number[];
  readonly pads: readonly number[];
  readonly ceil_mode: number;
}

/** No stride means that of the kernel. */
function windowOf(call: Call, rank: number): Window {
  const kernel = call.ints("kernel_size", rank);
  const strides = call.ints("stride", rank);
  const padding = call.ints("padding", rank);
  return {
    kernel_shape: kernel,
    strides: strides.length === 0 ? kernel : strides,
    pads: [...padding, ...padding],
    ceil_mode: call.boolean("ceil_mode") ? 1 : 0,
  };
}

/** ONNX counts positions through the whole tensor, PyTorch within each plane. */
function positionsInPlane(emit: Emitter, positions: Operand, input: ShapedOperand, rank: number): Operand {
  const axes = Array.from({ length: rank }, (_, i) => input.shape.length - rank + i);
  const sizes = axes.map((axis) => sizeOf(emit, input, axis));
  const plane = sizes.reduce<Operand>((product, size) => emit.op("Mul", [product, emit.int64(size)]), emit.int64(1));
  return emit.op("Mod", [positions, plane]);
}

/** Unlike PyTorch's, the native kernel passes over NaN: to look for it would cost as much as pooling. */
function poolMax(emit: Emitter, call: Call, rank: number, attributes: Attributes): readonly Operand[] {
  const input = call.tensor("self");
  const [values, positions] = batched(emit, input, rank + 2, (batch) => emit.ops("MaxPool", [batch], attributes, 2));
  if (!values || !positions) return [];
  return call.isUsed(1) ? [values, positionsInPlane(emit, positions, input, rank)] : [values];
}

/** dtypes that the native kernel pools. */
const POOLED: readonly DType[] = ["float32", "float16", "float64", "int8", "uint8"];

function maxPool(rank: number): Rule {
  return (emit, call) => {
    const window = { ...windowOf(call, rank), dilations: call.ints("dilation", rank) };
    const self = call.tensor("self");
    return POOLED.includes(self.dtype)
      ? poolMax(emit, call, rank, { ...window })
      : unrolledMaxPool(emit, call, self, window);
  };
}

/** How many elements, padding included, each window along one axis covers. */
function windowSizes(window: Window, axis: number, from: number, to: number): readonly number[] {
  const [kernel = 1, stride = 1, pad = 0] = [window.kernel_shape, window.strides, window.pads].map((all) => all[axis]);
  return Array.from({ length: to }, (_, o) => Math.min(o * stride - pad + kernel, from + pad) - (o * stride - pad));
}

/** What turns averages over windows, padding included, into sums. */
function windowCounts(emit: Emitter, call: Call, window: Window, like: Operand): Operand {
  const rank = window.kernel_shape.length;
  if (window.ceil_mode === 0) return emit.like(like, numel(window.kernel_shape));
  const { from, to } = adaptation(call, rank);
  const counts = from.map((size, axis): Operand => {
    const sizes = to.map((_, other) => (other === axis ? (to[axis] ?? 1) : 1));
    return emit.constant(like.dtype, windowSizes(window, axis, size, to[axis] ?? 1), sizes);
  });
  return counts.reduce((product, count) => emit.op("Mul", [product, count]));
}

function averagePool(rank: number): Rule {
  return (emit, call) => {
    const window = windowOf(call, rank);
    const self = call.tensor("self");
    if (!emit.isFloating(self) || self.dtype === "float64") return unrolledAveragePool(emit, call, self, window);
    const hasDivisor = call.has("divisor_override");
    const attributes = { ...window, count_include_pad: hasDivisor || call.boolean("count_include_pad") ? 1 : 0 };
    return batched(emit, self, rank + 2, (batch) => {
      const mean = emit.op("AveragePool", [batch], attributes);
      if (!hasDivisor) return [mean];
      const sum = emit.op("Mul", [mean, windowCounts(emit, call, window, mean)]);
      return [emit.op("Div", [sum, emit.like(sum, call.number("divisor_override"))])];
    });
  };
}

/** The sizes of the pooled axes before and after. */
interface Adaptation {
  readonly from: readonly number[];
  readonly to: readonly number[];
}

/** Beyond this, tables of windows would be larger than the tensors that they are for. */
const LARGEST_TABLE = 2 ** 22;

function adaptation(call: Call, rank: number): Adaptation {
  const { shape } = call.tensor("self");
  const known = (sizes: readonly Dim[]) => sizes.slice(-rank).map((size) => call.known(size, "the size to pool"));
  const [from, to] = [known(shape), known(call.shape)];
  const isLarge = from.some((size, axis) => size * (to[axis] ?? 1) > LARGEST_TABLE);
  return isLarge ? call.refuse("windows over more elements than fit a table") : { from, to };
}

/** Row o averages the elements from ⌊o·from/to⌋ up to ⌈(o+1)·from/to⌉. */
function averagingWeights(emit: Emitter, like: Operand, from: number, to: number): Operand {
  const rows = Array.from({ length: to }, (_, o) => {
    const [start, end] = [Math.floor((o * from) / to), Math.ceil(((o + 1) * from) / to)];
    return Array.from({ length: from }, (_, i) => (i >= start && i < end ? 1 / (end - start) : 0));
  });
  return emit.constant(like.dtype, rows.flat(), [to, from]);
}

/** As {@link averageByAxes}, for sizes that the inputs tell. */
function averageOpenAxes(emit: Emitter, call: Call, input: ShapedOperand, to: readonly number[]): Operand {
  const leading = input.shape.slice(0, -to.length).map((_, axis) => sizeOf(emit, input, axis));
  const from = to.map((_, i) => emit.int64(sizeOf(emit, input, input.shape.length - to.length + i)));
  const averaged = from.reduce<Operand>((current, size, i) => {
    const after = from.slice(i + 1).reduce((product, each) => emit.op("Mul", [product, each]), emit.int64(1));
    const planes = reshapeTo(emit, current, [-1, size, after]);
    return emit.op("MatMul", [openAveragingWeights(emit, current, size, to[i] ?? 1), planes]);
  }, input);
  return reshape(emit, { ...averaged, shape: [] }, call.shape, () => [...leading, ...to]);
}

/** Averages along one axis after another: each is a product with a matrix of weights. */
function averageByAxes(emit: Emitter, call: Call, input: ShapedOperand, { from, to }: Adaptation): Operand {
  const leading = input.shape.slice(0, -from.length).map((_, axis) => sizeOf(emit, input, axis));
  if (input.shape.includes(0)) return emit.op("Expand", [emit.like(input, 0), emit.int64s([...leading, ...to])]);
  const averaged = from.reduce<Operand>((current, size, i) => {
    const after = numel(from.slice(i + 1));
    const planes = reshapeTo(emit, current, [-1, size, after]);
    return emit.op("MatMul", [averagingWeights(emit, current, size, to[i] ?? size), planes]);
  }, input);
  return reshape(emit, { ...averaged, shape: [] }, call.shape, () => [...leading, ...to]);
}

function adaptiveAveragePool(rank: number): Rule {
  return (emit, call) => {
    const self = call.tensor("self");
    const axes = Array.from({ length: rank }, (_, i) => self.shape.length - rank + i);
    if (call.ints("output_size", rank).every((size) => size === 1)) {
      return reduce(emit, "ReduceMean", self, { axes, keepdims: true });
    }
    const to = call.shape.slice(-rank);
    const isOpen = axes.some((axis) => typeof self.shape[axis] !== "number");
    if (isOpen && to.every((size) => typeof size === "number")) return averageOpenAxes(emit, call, self, to);
    return averageByAxes(emit, call, self, adaptation(call, rank));
  };
}

/** The greatest of each window along one axis after another, the last axis first, and where in the plane they are. */
function greatestByAxes(emit: Emitter, input: ShapedOperand, { from, to }: Adaptation): readonly [Operand, Operand] {
  const count = numel(from);
  const plane = emit.constant(
    "int64",
    Array.from({ length: count }, (_, i) => i),
    [...from],
  );
  const all = emit.op("Expand", [plane, emit.op("Shape", [input])]);
  return from.reduceRight<readonly [Operand, Operand]>(
    ([values, places], size, i) => {
      const axis = input.shape.length - from.length + i;
      const windows = Array.from({ length: to[i] ?? size }, (_, o) => {
        const [start, end] = [Math.floor((o * size) / (to[i] ?? 1)), Math.ceil(((o + 1) * size) / (to[i] ?? 1))];
        const [window, where] = [values, places].map((each) => slice(emit, each, axis, start, end));
        const found = position(emit, "ArgMax", window ?? values, axis, true);
        return [window, where].map((each) => emit.op("GatherElements", [each ?? values, found], { axis }));
      });
      const joined = [0, 1].map((side) =>
        emit.op(
          "Concat",
          windows.map((pair) => pair[side] ?? values),
          { axis },
        ),
      );
      return [joined[0] ?? values, joined[1] ?? places];
    },
    [input, all],
  );
}

/** Windows that are all of one size are plain pooling. */
function adaptiveMaxPool(rank: number): Rule {
  return (emit, call) => {
    const self = call.tensor("self");
    if (call.ints("output_size", rank).every((size) => size === 1) && !call.isUsed(1)) {
      const axes = Array.from({ length: rank }, (_, i) => self.shape.length - rank + i);
      return [reduce(emit, "ReduceMax", self, { axes, keepdims: true })];
    }
    const { from, to } = adaptation(call, rank);
    const kernel = from.map((size, i) => size / (to[i] ?? 1));
    const isEven = kernel.every(Number.isInteger);
    if (!isEven) return greatestByAxes(emit, self, { from, to });
    return poolMax(emit, call, rank, { kernel_shape: kernel, strides: kernel });
  };
}

export const POOLING: RuleTable = {
  "aten.max_pool1d.default": maxPool(1),
  "aten.max_pool2d.default": maxPool(2),
  "aten.max_pool3d.default": maxPool(3),
  "aten.max_pool1d_with_indices.default": maxPool(1),
  "aten.max_pool2d_with_indices.default": maxPool(2),
  "aten.max_pool3d_with_indices.default": maxPool(3),
  "aten.avg_pool1d.default": averagePool(1),
  "aten.avg_pool2d.default": averagePool(2),
  "aten.avg_pool3d.default": averagePool(3),
  "aten.adaptive_avg_pool1d.default": adaptiveAveragePool(1),
  "aten.adaptive_avg_pool2d.default": adaptiveAveragePool(2),
  "aten.adaptive_avg_pool3d.default": adaptiveAveragePool(3),
  "aten._adaptive_avg_pool2d.default": adaptiveAveragePool(2),
  "aten._adaptive_avg_pool3d.default": adaptiveAveragePool(3),
  "aten.adaptive_max_pool1d.default": adaptiveMaxPool(1),
  "aten.adaptive_max_pool2d.default": adaptiveMaxPool(2),
  "aten.adaptive_max_pool3d.default": adaptiveMaxPool(3),
};
