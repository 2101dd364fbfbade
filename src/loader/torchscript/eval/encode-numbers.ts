import { DTYPES, type DType } from "../../../core/index.ts";

/** Numbers as elements of a dtype, little-endian; of 16-bit floats as float32, which holds them. */
export function encodeNumbers(dtype: DType, items: readonly (boolean | bigint | number)[]): [DType, Uint8Array] {
  const held = dtype === "float16" || dtype === "bfloat16" ? "float32" : dtype;
  const elements = new DTYPES[held].array(items.length);
  const isBig = held === "int64" || held === "uint64";
  for (const [i, item] of items.entries()) elements[i] = (isBig ? BigInt(item) : Number(item)) as never;
  return [held, new Uint8Array(elements.buffer)];
}
