import { type Dim, dimExpression } from "../../core/index.ts";
import { ceilDivide, isNegative, isNonNegative, largest, minus, plus, sameDim, smallest, times } from "./dim-math.ts";

/** PyTorch writes 2^63 - 1 where it means the end. */
const FAR = Number.MAX_SAFE_INTEGER;

/** A position from the front, between 0 and `size`; one below zero counts from the end. */
export function position(index: Dim, size: Dim): Dim {
  if (typeof index === "number" && index >= FAR) return size;
  if (typeof index === "number" && index <= -FAR) return 0;
  if (isNonNegative(index)) return smallest(index, size);
  if (isNegative(index)) return largest(0, plus(index, size));
  const isBelowZero = dimExpression("min", 0, dimExpression("max", -1, index));
  return largest(0, smallest(size, minus(index, times(isBelowZero, size))));
}

/** How many elements `start:end:step` takes of `size`. */
export function sliceLength(size: Dim, start: Dim, end: Dim, step: Dim): Dim {
  const [first, last] = [position(start, size), position(end, size)];
  if (!sameDim(last, size)) return ceilDivide(largest(0, minus(last, first)), step);
  return ceilDivide(isNonNegative(start) ? largest(0, minus(size, start)) : minus(size, first), step);
}
