import { readTensor } from "../../../src/container/index.ts";
import { fromBfloat16, type TensorLocation } from "../../../src/core/index.ts";

/** The elements of a tensor as numbers, in row-major order. */
export function valuesOf(location: TensorLocation): number[] {
  const { dtype, data } = readTensor(location);
  const values = Array.from(data as ArrayLike<number | bigint>, Number);
  return dtype === "bfloat16" ? values.map(fromBfloat16) : values;
}
