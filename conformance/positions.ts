import { numel } from "../src/core/index.ts";
import type { TensorBuffer } from "../src/runtime/index.ts";
import { numbersOf } from "./compare.ts";

function rowMajor(shape: readonly number[]): readonly number[] {
  return shape.map((_, axis) => numel(shape.slice(axis + 1)));
}

/** Whether `positions` along `axis` of `input` pick `values`. */
function pick(input: TensorBuffer, positions: TensorBuffer, values: TensorBuffer, axis: number): boolean {
  const given = numbersOf(input);
  const wanted = numbersOf(values);
  const strides = rowMajor(input.shape);
  const isReduced = positions.shape.length < input.shape.length;
  const shape = isReduced ? positions.shape.toSpliced(axis, 0, 1) : positions.shape;
  if (shape.some((size, i) => i !== axis && size !== input.shape[i])) return false;
  const inner = rowMajor(shape);
  return numbersOf(positions).every((position, i) => {
    const offsets = shape.map((size, j) => (j === axis ? Number(position) : Math.floor(i / (inner[j] ?? 1)) % size));
    const at = offsets.reduce((sum, offset, j) => sum + offset * (strides[j] ?? 0), 0);
    return Object.is(given[at], wanted[i]) || given[at] === wanted[i];
  });
}

/** Whether `positions` say where in `input`, along some axis, `values` are: equal elements may stand in for each other. */
export function pointAt(input: TensorBuffer, positions: TensorBuffer, values: TensorBuffer): boolean {
  return input.shape.some((_, axis) => pick(input, positions, values, axis));
}
