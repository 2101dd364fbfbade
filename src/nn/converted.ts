import { type DType, fromBfloat16, fromFloat16, Tensor } from "../core/index.ts";

const AS_NUMBER: Readonly<Partial<Record<DType, (element: number) => number>>> = {
  float16: fromFloat16,
  bfloat16: fromBfloat16,
  float32: (element) => element,
  float64: (element) => element,
};

/** Whether {@link converted} goes from one dtype to the other: from any real float to float32 or float64. */
export function isConvertible(from: DType, to: DType): boolean {
  return from === to || (from in AS_NUMBER && (to === "float32" || to === "float64"));
}

/** The tensor itself where it has the dtype already, else its elements rounded to it. */
export function converted(from: Tensor, dtype: DType): Tensor {
  if (from.dtype === dtype) return from;
  const number = AS_NUMBER[from.dtype] ?? Number;
  const elements = Array.from(from.data as Float32Array, number);
  if (dtype === "float64") return new Tensor(dtype, Float64Array.from(elements), from.shape);
  return new Tensor("float32", Float32Array.from(elements), from.shape);
}
