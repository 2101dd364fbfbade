import type { DType } from "../core/index.ts";

/**
 * The enumerations of torch.export's JSON, whose numbers differ from those inside TorchScript.
 * https://github.com/pytorch/pytorch/blob/main/torch/_export/serde/schema.py
 */
export const SCALAR_TYPES: Readonly<Record<number, DType>> = {
  1: "uint8",
  2: "int8",
  3: "int16",
  4: "int32",
  5: "int64",
  6: "float16",
  7: "float32",
  8: "float64",
  10: "complex64",
  11: "complex128",
  12: "bool",
  13: "bfloat16",
  28: "uint16",
  34: "uint32",
  35: "uint64",
};

/** Names of the scalar types that torchrelay has no dtype for. */
export const OTHER_SCALAR_TYPES: Readonly<Record<number, string>> = {
  9: "complex32",
  29: "float8_e4m3fn",
  30: "float8_e5m2",
  31: "float8_e4m3fnuz",
  32: "float8_e5m2fnuz",
  33: "float8_e8m0fnu",
};

export const LAYOUTS: readonly string[] = [
  "unknown",
  "sparse_coo",
  "sparse_csr",
  "sparse_csc",
  "sparse_bsr",
  "sparse_bsc",
  "_mkldnn",
  "strided",
];

export const MEMORY_FORMATS: readonly string[] = [
  "unknown",
  "contiguous_format",
  "channels_last",
  "channels_last_3d",
  "preserve_format",
];
