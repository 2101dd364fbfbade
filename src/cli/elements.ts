import { type DType, fromBfloat16, fromFloat16, type Tensor, type TypedArray } from "../core/index.ts";

/** One element of a tensor: a pair is a complex number. */
export type Element = number | bigint | boolean | readonly [re: number, im: number];

type Decode = (data: TypedArray, index: number) => Element;

const plain: Decode = (data, index) => data[index] ?? 0;
const complex: Decode = (data, index) => [Number(data[index * 2]), Number(data[index * 2 + 1])];

/** Dtypes whose elements are not simply the elements of their array. */
const DECODERS: Readonly<Partial<Record<DType, Decode>>> = {
  bool: (data, index) => data[index] !== 0,
  float16: (data, index) => fromFloat16(Number(data[index])),
  bfloat16: (data, index) => fromBfloat16(Number(data[index])),
  complex64: complex,
  complex128: complex,
};

/** The elements of a tensor in row-major order, at most `limit` of them. */
export function* elements(
  { dtype, data, shape }: Tensor,
  limit: number = Number.POSITIVE_INFINITY,
): Generator<Element> {
  const decode = DECODERS[dtype] ?? plain;
  const count = shape.reduce((product, size) => product * size, 1);
  for (let i = 0; i < Math.min(count, limit); i++) yield decode(data, i);
}
