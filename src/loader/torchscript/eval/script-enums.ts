import type { DType } from "../../../core/index.ts";

/** The numbers of dtypes inside TorchScript, which differ from those of torch.export's JSON. */
const DTYPE_NUMBERS: readonly (readonly [number, DType])[] = [
  [0, "uint8"],
  [1, "int8"],
  [2, "int16"],
  [3, "int32"],
  [4, "int64"],
  [5, "float16"],
  [6, "float32"],
  [7, "float64"],
  [9, "complex64"],
  [10, "complex128"],
  [11, "bool"],
  [15, "bfloat16"],
  [27, "uint16"],
  [28, "uint32"],
  [29, "uint64"],
];

const BY_NUMBER: ReadonlyMap<number, string> = new Map(DTYPE_NUMBERS);
const NUMBERS: ReadonlyMap<string, number> = new Map(DTYPE_NUMBERS.map(([number, dtype]) => [dtype, number]));

const LAYOUTS: readonly string[] = [
  "strided",
  "sparse_coo",
  "sparse_csr",
  "_mkldnn",
  "sparse_csc",
  "sparse_bsr",
  "sparse_bsc",
];
const MEMORY_FORMATS: readonly string[] = ["contiguous_format", "preserve_format", "channels_last", "channels_last_3d"];

/** The members of PyTorch's enumerations by the number that TorchScript writes, by the type in a schema. */
export const ENUMERATIONS: ReadonlyMap<string, (number: number) => string | undefined> = new Map([
  ["ScalarType", (number: number) => BY_NUMBER.get(number)],
  ["Layout", (number: number) => LAYOUTS[number]],
  ["MemoryFormat", (number: number) => MEMORY_FORMATS[number]],
]);

export function numberOfDType(dtype: DType): bigint {
  return BigInt(NUMBERS.get(dtype) ?? -1);
}

/** undefined for a dtype that torchrelay does not have. */
export function dtypeOfNumber(number: bigint): DType | undefined {
  return BY_NUMBER.get(Number(number)) as DType | undefined;
}
