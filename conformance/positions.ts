import { numel } from "../src/core/index.ts";
import type { TensorBuffer } from "../src/runtime/index.ts";
import { numbersOf } from "./compare.ts";

function rowMajor(shape: readonly number[]): readonly number[] {
  return shape.map((_, axis) => numel(shape.slice(axis + 1)));
}

/** The elements of `input` that `positions` along `axis` name; undefined where they cannot be along that axis. */
function picked(input: TensorBuffer, positions: TensorBuffer, axis: number): readonly (number | bigint)[] | undefined {
  const given = numbersOf(input);
  const strides = rowMajor(input.shape);
  const isReduced = positions.shape.length < input.shape.length;
  const shape = isReduced ? positions.shape.toSpliced(axis, 0, 1) : positions.shape;
  if (shape.some((size, i) => i !== axis && size !== input.shape[i])) return undefined;
  const inner = rowMajor(shape);
  return numbersOf(positions).map((position, i) => {
    const offsets = shape.map((size, j) => (j === axis ? Number(position) : Math.floor(i / (inner[j] ?? 1)) % size));
    return given[offsets.reduce((sum, offset, j) => sum + offset * (strides[j] ?? 0), 0)] ?? Number.NaN;
  });
}

/** Whether two tensors of positions along some axis of `input` name equal elements. */
export function nameEqualElements(input: TensorBuffer, given: TensorBuffer, wanted: TensorBuffer): boolean {
  return input.shape.some((_, axis) => {
    const [first, second] = [picked(input, given, axis), picked(input, wanted, axis)];
    return first !== undefined && second !== undefined && first.every((element, i) => element === second[i]);
  });
}
