import {
  DTYPES,
  type DType,
  fromBfloat16,
  fromFloat16,
  Tensor,
  type TypedArray,
  toBfloat16,
  toFloat16,
} from "../core/index.ts";

/** The dtypes whose elements a float64 holds exactly; those of 64 bits are left out. */
const AS_NUMBER: Readonly<Partial<Record<DType, (element: number) => number>>> = {
  float16: fromFloat16,
  bfloat16: fromBfloat16,
  float32: Number,
  float64: Number,
  bool: Number,
  int8: Number,
  int16: Number,
  int32: Number,
  uint8: Number,
  uint16: Number,
  uint32: Number,
};

/** Floats of 16 bits are rounded from float32, as PyTorch does. */
const FROM_NUMBERS: Readonly<Partial<Record<DType, (numbers: Float64Array) => TypedArray>>> = {
  float64: (numbers) => numbers,
  float32: (numbers) => Float32Array.from(numbers),
  float16: (numbers) => toFloat16(Float32Array.from(numbers)),
  bfloat16: (numbers) => toBfloat16(Float32Array.from(numbers)),
};

/** Whether {@link converted} goes from one dtype to the other: from numbers of up to 32 bits, or float64, to floats. */
export function isConvertible(from: DType, to: DType): boolean {
  return from === to || (from in AS_NUMBER && to in FROM_NUMBERS);
}

/** The tensor itself where it has the dtype already, else its elements rounded to it. */
export function converted(from: Tensor, dtype: DType): Tensor {
  const [read, write] = [AS_NUMBER[from.dtype], FROM_NUMBERS[dtype]];
  if (from.dtype === dtype || !read || !write) return from;
  const numbers = Float64Array.from(from.data as Float32Array, read);
  return new Tensor(dtype, write(numbers) as never, from.shape);
}

export function isFloat(dtype: DType): boolean {
  return DTYPES[dtype].category === "float";
}
