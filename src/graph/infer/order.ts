import type { Dim } from "../../core/index.ts";
import type { TensorType } from "../types.ts";
import { elementCount, sameDim } from "./dim-math.ts";

type Shape = readonly Dim[];

const isPlural = (dim: Dim): boolean => typeof dim === "number" && dim > 1;

function isAscending(axes: readonly number[]): boolean {
  return axes.every((axis, index) => index === 0 || axis > (axes[index - 1] ?? 0));
}

/** Whether a tensor is still row-major once its axes are in the order `axes`. Axes of size 1 do not count. */
export function permutedOrder({ shape, contiguous }: TensorType, axes: readonly number[]): boolean | undefined {
  if (shape.includes(0)) return true;
  if (isAscending(axes.filter((axis) => shape[axis] !== 1))) return contiguous;
  const isScrambled = !isAscending(axes.filter((axis) => isPlural(shape[axis] ?? 1)));
  return contiguous === true && isScrambled ? false : undefined;
}

/** Whether what is left of a row-major tensor is row-major when only a part of `axis` stays; all of it if `isWhole`. */
export function partOrder({ shape, contiguous }: TensorType, axis: number, rest: Shape): boolean | undefined {
  if (rest.includes(0)) return true;
  const [before, after] = [shape[axis] ?? 1, rest[axis] ?? 1];
  if (rest.length === shape.length && sameDim(before, after)) return contiguous;
  if (contiguous !== true) return undefined;
  const outer = shape.slice(0, axis);
  if (outer.every((dim) => dim === 1)) return true;
  const isCut = typeof before === "number" && typeof after === "number";
  return isCut && outer.some(isPlural) ? false : undefined;
}

/** Whether a tensor is row-major when axis `axis` is taken at one place and goes. */
export function selectedOrder({ shape, contiguous }: TensorType, axis: number): boolean | undefined {
  if (shape.toSpliced(axis, 1).includes(0)) return true;
  if (shape[axis] === 1) return contiguous;
  if (contiguous !== true) return undefined;
  const outer = shape.slice(0, axis);
  if (outer.every((dim) => dim === 1)) return true;
  return isPlural(shape[axis] ?? 1) && outer.some(isPlural) ? false : undefined;
}

/** Whether strides, in elements, are those of a row-major tensor. */
export function stridedOrder(shape: Shape, strides: Shape): true | undefined {
  const isRowMajor = shape.every((dim, axis) => {
    return dim === 1 || sameDim(strides[axis] ?? 0, elementCount(shape.slice(axis + 1)));
  });
  return isRowMajor ? true : undefined;
}
