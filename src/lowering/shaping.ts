import { type Dim, dimEquals, formatDim } from "../core/index.ts";
import type { Emitter } from "./emitter.ts";
import type { Operand, ShapedOperand, Size } from "./operand.ts";

/** Beyond every end of an axis. */
export const END: number = Number.MAX_SAFE_INTEGER;

/** The size of one axis. Equal expressions are equal sizes: each is computed once, from the first tensor that has it. */
export function sizeOf(emit: Emitter, input: ShapedOperand, axis: number): Size {
  const size = input.shape[axis];
  if (typeof size === "number") return size;
  const read = () => emit.op("Gather", [emit.op("Shape", [input]), emit.int64(axis)], { axis: 0 });
  return size === undefined ? read() : emit.shared(`size ${formatDim(size)}`, read);
}

export function sizesOf(emit: Emitter, input: ShapedOperand): readonly Size[] {
  return input.shape.map((_, axis) => sizeOf(emit, input, axis));
}

/** The shape of a tensor as a 1-D int64 tensor. */
export function shapeVector(emit: Emitter, input: ShapedOperand): Operand {
  const { shape } = input;
  return shape.every((size) => typeof size === "number") ? emit.int64s(shape) : emit.op("Shape", [input]);
}

/**
 * Reshape's target without anything computed at run time: 0 copies the axis of the input, one -1 is inferred.
 * Undefined where that does not say it all.
 */
function constantTarget(from: readonly Dim[], to: readonly Dim[]): readonly number[] | undefined {
  if (to.includes(0)) return undefined;
  const target = to.map((size, axis) => {
    if (typeof size === "number") return size;
    const source = from[axis];
    return source !== undefined && dimEquals(source, size) ? 0 : -1;
  });
  return target.filter((size) => size === -1).length > 1 ? undefined : target;
}

/** Reshape to sizes of which one may be -1. */
export function reshapeTo(emit: Emitter, input: Operand, sizes: readonly Size[]): Operand {
  const mayBeZero = sizes.some((size) => size === 0 || typeof size !== "number");
  const allowzero = mayBeZero && !sizes.includes(-1) ? 1 : 0;
  return emit.op("Reshape", [input, emit.int64s(sizes)], { allowzero });
}

/** Reshape to `shape`; `sizes` is asked where that does not tell all, and may have one -1. */
export function reshape(
  emit: Emitter,
  input: ShapedOperand,
  shape: readonly Dim[],
  sizes: () => readonly Size[],
): Operand {
  const target = constantTarget(input.shape, shape);
  if (target) return emit.op("Reshape", [input, emit.int64s(target)]);
  return reshapeTo(emit, input, sizes());
}

/** Reshape to the shape of another tensor. */
export function reshapeLike(emit: Emitter, input: Operand, like: ShapedOperand): Operand {
  const allowzero = like.shape.includes(0) ? 1 : 0;
  return emit.op("Reshape", [input, shapeVector(emit, like)], { allowzero });
}

export function unsqueeze(emit: Emitter, input: Operand, ...axes: readonly number[]): Operand {
  return axes.length === 0 ? input : emit.op("Unsqueeze", [input, emit.int64s(axes)]);
}

export function squeeze(emit: Emitter, input: Operand, ...axes: readonly number[]): Operand {
  return axes.length === 0 ? input : emit.op("Squeeze", [input, emit.int64s(axes)]);
}

/** What lies from `start` up to `end` on one axis; negative positions count from the end. */
export function slice(emit: Emitter, input: Operand, axis: number, start: Size, end: Size, step = 1): Operand {
  const vectors = [[start], [end], [axis], [step]].map((values) => emit.int64s(values));
  return emit.op("Slice", [input, ...vectors]);
}

/** Swaps two axes. */
export function swapAxes(emit: Emitter, input: Operand, rank: number, a: number, b: number): Operand {
  const perm = Array.from({ length: rank }, (_, axis) => (axis === a ? b : axis === b ? a : axis));
  return emit.transpose(input, perm);
}
