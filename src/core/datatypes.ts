import type { DType } from "./dtype.ts";

/** The Open Inference Protocol's name of each dtype; it has none for complex numbers. */
const DATATYPES: ReadonlyMap<DType, string> = new Map([
  ["bool", "BOOL"],
  ["uint8", "UINT8"],
  ["uint16", "UINT16"],
  ["uint32", "UINT32"],
  ["uint64", "UINT64"],
  ["int8", "INT8"],
  ["int16", "INT16"],
  ["int32", "INT32"],
  ["int64", "INT64"],
  ["float16", "FP16"],
  ["bfloat16", "BF16"],
  ["float32", "FP32"],
  ["float64", "FP64"],
]);

const DTYPE_OF: ReadonlyMap<string, DType> = new Map([...DATATYPES].map(([dtype, name]) => [name, dtype]));

/** All that the protocol has. */
export const DATATYPE_LIST: readonly string[] = [...DTYPE_OF.keys()];

export const DATATYPE_NAMES: string = DATATYPE_LIST.join(", ");

export function datatypeOf(dtype: DType): string | undefined {
  return DATATYPES.get(dtype);
}

export function dtypeOf(datatype: string): DType | undefined {
  return DTYPE_OF.get(datatype);
}
