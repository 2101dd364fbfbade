import { DTYPES, type DType } from "../core/index.ts";
import { Refusal } from "./refusal.ts";

/** A number as a file or a rule gives it. */
export type Constant = number | bigint | boolean;

function wholeNumber(value: Constant, dtype: DType): bigint {
  if (typeof value === "number" && !Number.isInteger(value)) throw new Refusal(`${value} is no ${dtype}`);
  return BigInt(value);
}

function encodeInt64(values: readonly Constant[], dtype: "int64" | "uint64"): BigInt64Array | BigUint64Array {
  const exact = values.map((value) => wholeNumber(value, dtype));
  const array = dtype === "int64" ? BigInt64Array.from(exact) : BigUint64Array.from(exact);
  const lost = exact.find((value, i) => value !== array[i]);
  if (lost !== undefined) throw new Refusal(`${lost} does not fit ${dtype}`);
  return array;
}

function encodeNumbers(values: readonly Constant[], dtype: DType): ArrayBufferView {
  const array = new DTYPES[dtype].array(values.length) as Float64Array;
  array.set(values.map(Number));
  if (DTYPES[dtype].category === "float") return array;
  const lost = values.find((value, i) => Number(value) !== array[i]);
  if (lost !== undefined) throw new Refusal(`${lost} does not fit ${dtype}`);
  return array;
}

/** The little-endian elements of a tensor; booleans must be given as such or as 0 and 1. Not for 16-bit floats. */
export function encodeElements(dtype: DType, values: readonly Constant[]): Uint8Array {
  const { buffer, byteOffset, byteLength } =
    dtype === "int64" || dtype === "uint64" ? encodeInt64(values, dtype) : encodeNumbers(values, dtype);
  return new Uint8Array(buffer, byteOffset, byteLength);
}
