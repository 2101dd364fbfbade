import { DTYPES, type DType } from "../../core/index.ts";
import type { TensorType, Value, ValueType } from "../types.ts";

export function isComplex({ type }: Pick<Value, "type">): boolean {
  return DTYPES[type.dtype].category === "complex";
}

const REAL: Readonly<Partial<Record<DType, DType>>> = { complex64: "float32", complex128: "float64" };

/** The dtype of the parts of complex numbers; of others, their own. */
export function realDType(dtype: DType): DType {
  return REAL[dtype] ?? dtype;
}

/** The type of the parts of a tensor, of which it is not said how they would lie in memory. */
export function realType({ dtype, shape }: TensorType): TensorType {
  return { kind: "tensor", dtype: realDType(dtype), shape };
}

/** The type of the pairs that stand for a tensor of complex numbers. */
export function pairType(type: TensorType): TensorType {
  return { ...realType(type), shape: [...type.shape, 2] };
}

export function tensorType(type: ValueType): TensorType {
  return type.kind === "tensor" ? type : { kind: "tensor", dtype: type.dtype, shape: [] };
}
