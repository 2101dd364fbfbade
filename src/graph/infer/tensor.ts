import type { Dim, DType } from "../../core/index.ts";
import type { ScalarType, TensorType } from "../types.ts";

/** A tensor whose memory order is known to be row-major, known not to be, or not known. */
export function tensor(dtype: DType, shape: readonly Dim[], contiguous?: boolean): TensorType {
  return { kind: "tensor", dtype, shape, ...(contiguous !== undefined && { contiguous }) };
}

/** A tensor in fresh memory, row-major. */
export function fresh(dtype: DType, shape: readonly Dim[]): TensorType {
  return tensor(dtype, shape, true);
}

export function integer(dim?: Dim): ScalarType {
  return { kind: "scalar", dtype: "int64", ...(dim !== undefined && { dim }) };
}
