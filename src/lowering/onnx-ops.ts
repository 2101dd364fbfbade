import type { DType } from "../core/index.ts";
import { DEFAULT_OPSET, type Opset } from "./opset.ts";

const FLOATS: readonly DType[] = ["float32", "float16", "float64"];
const WIDE: readonly DType[] = [...FLOATS, "int64", "int32"];
const BYTES: readonly DType[] = ["int8", "uint8"];
const ARITHMETIC: readonly DType[] = [...WIDE, "int16", ...BYTES];
const COPIED: readonly DType[] = [...ARITHMETIC, "bool"];

type KernelSet =
  | "any"
  | "copied"
  | "arithmetic"
  | "wide"
  | "wideAndBool"
  | "wideAndUint8"
  | "wideAndBytes"
  | "wideBytesAndBool"
  | "signed"
  | "integers"
  | "floats"
  | "floatsAndBytes"
  | "plain"
  | "single"
  | "ranged"
  | "counted"
  | "resized"
  | "scattered"
  | "sorted"
  | "boolean";

/** dtypes for which ONNX Runtime 1.30's CPU provider has a kernel, in the combinations that occur. */
const KERNEL_SETS: Readonly<Record<KernelSet, readonly DType[]>> = {
  any: [...COPIED, "bfloat16", "uint16", "uint32", "uint64"],
  copied: COPIED,
  arithmetic: ARITHMETIC,
  wide: WIDE,
  wideAndBool: [...WIDE, "bool"],
  wideAndUint8: [...WIDE, "uint8"],
  wideAndBytes: [...WIDE, ...BYTES],
  wideBytesAndBool: [...WIDE, ...BYTES, "bool"],
  signed: [...WIDE, "int16", "int8"],
  integers: ["int64", "int32", "int16", ...BYTES],
  floats: FLOATS,
  floatsAndBytes: [...FLOATS, ...BYTES],
  plain: ["float32"],
  single: ["float32", "float16"],
  ranged: ["float32", "float64", "int64", "int32"],
  counted: ["float32", "float16", "int64", "int32", "uint8", "bool"],
  resized: ["float32", "float16", "int32", ...BYTES],
  scattered: COPIED.filter((dtype) => dtype !== "float16"),
  sorted: ["float32", "float64", "int64", "int8"],
  boolean: ["bool"],
};

export interface OnnxOp {
  readonly kernels: KernelSet;
  /** The inputs that share the dtype T; all of them when absent. */
  readonly typed?: readonly number[];
  /** The dtype of each result, "T" that of the typed inputs; the last one repeats. All are "T" when absent. */
  readonly results?: readonly ("T" | DType)[];
  /** Whether results beyond the first may be left out, which also spares computing them. */
  readonly optionalResults?: boolean;
}

/** The ONNX operators that rules emit; kernels as probed with opset 20. */
export const ONNX_OPS = {
  Abs: { kernels: "arithmetic" },
  Acos: { kernels: "single" },
  Acosh: { kernels: "single" },
  Add: { kernels: "arithmetic" },
  And: { kernels: "boolean" },
  ArgMax: { kernels: "wideAndBytes", results: ["int64"] },
  ArgMin: { kernels: "wideAndBytes", results: ["int64"] },
  Asin: { kernels: "single" },
  Asinh: { kernels: "single" },
  Atan: { kernels: "single" },
  Atanh: { kernels: "single" },
  AveragePool: { kernels: "single" },
  BatchNormalization: { kernels: "floats" },
  BitwiseAnd: { kernels: "integers" },
  BitwiseNot: { kernels: "integers" },
  BitwiseOr: { kernels: "integers" },
  BitwiseXor: { kernels: "integers" },
  Cast: { kernels: "any" },
  Ceil: { kernels: "floats" },
  Clip: { kernels: "wideAndBytes" },
  Col2Im: { kernels: "single", typed: [0] },
  Concat: { kernels: "any" },
  Conv: { kernels: "single" },
  ConvTranspose: { kernels: "single" },
  Cos: { kernels: "floats" },
  Cosh: { kernels: "single" },
  CumSum: { kernels: "wide", typed: [0] },
  DFT: { kernels: "floats", typed: [0] },
  DeformConv: { kernels: "plain" },
  DepthToSpace: { kernels: "floatsAndBytes" },
  Div: { kernels: "arithmetic" },
  Einsum: { kernels: "wide" },
  Elu: { kernels: "single" },
  Equal: { kernels: "copied", results: ["bool"] },
  Erf: { kernels: "single" },
  Exp: { kernels: "floats" },
  Expand: { kernels: "copied", typed: [0] },
  Floor: { kernels: "floats" },
  Gather: { kernels: "any", typed: [0] },
  GatherElements: { kernels: "any", typed: [0] },
  GatherND: { kernels: "any", typed: [0] },
  Gelu: { kernels: "single" },
  Gemm: { kernels: "floats" },
  Greater: { kernels: "arithmetic", results: ["bool"] },
  GreaterOrEqual: { kernels: "arithmetic", results: ["bool"] },
  GRU: { kernels: "single", optionalResults: true },
  GridSample: { kernels: "floats" },
  HardSigmoid: { kernels: "single" },
  HardSwish: { kernels: "single" },
  Identity: { kernels: "any" },
  If: { kernels: "any" },
  InstanceNormalization: { kernels: "single" },
  IsInf: { kernels: "floats", results: ["bool"] },
  IsNaN: { kernels: "floats", results: ["bool"] },
  LSTM: { kernels: "single", optionalResults: true },
  LayerNormalization: { kernels: "floats", results: ["T", "float32"], optionalResults: true },
  LeakyRelu: { kernels: "single" },
  Less: { kernels: "arithmetic", results: ["bool"] },
  LessOrEqual: { kernels: "arithmetic", results: ["bool"] },
  Log: { kernels: "floats" },
  LogSoftmax: { kernels: "floats" },
  Loop: { kernels: "any" },
  MatMul: { kernels: "wide" },
  Max: { kernels: "wideAndBytes" },
  MaxPool: { kernels: "floatsAndBytes", results: ["T", "int64"], optionalResults: true },
  Min: { kernels: "wideAndBytes" },
  Mish: { kernels: "single" },
  Mod: { kernels: "arithmetic" },
  Mul: { kernels: "arithmetic" },
  Neg: { kernels: "signed" },
  NonZero: { kernels: "counted", results: ["int64"] },
  NonMaxSuppression: { kernels: "plain", typed: [0, 1, 3], results: ["int64"] },
  Not: { kernels: "boolean" },
  Or: { kernels: "boolean" },
  PRelu: { kernels: "single" },
  Pad: { kernels: "wideBytesAndBool", typed: [0, 2] },
  Pow: { kernels: "wide" },
  RandomNormalLike: { kernels: "single" },
  RandomUniformLike: { kernels: "single" },
  RNN: { kernels: "single", optionalResults: true },
  Range: { kernels: "ranged" },
  Reciprocal: { kernels: "floats" },
  ReduceL1: { kernels: "wide", typed: [0] },
  ReduceL2: { kernels: "wide", typed: [0] },
  ReduceLogSumExp: { kernels: "wide", typed: [0] },
  ReduceMax: { kernels: "wideBytesAndBool", typed: [0] },
  ReduceMean: { kernels: "wide", typed: [0] },
  ReduceMin: { kernels: "wideBytesAndBool", typed: [0] },
  ReduceProd: { kernels: "wide", typed: [0] },
  ReduceSum: { kernels: "wide", typed: [0] },
  Relu: { kernels: "floats" },
  Reshape: { kernels: "any", typed: [0] },
  Resize: { kernels: "resized", typed: [0] },
  RoiAlign: { kernels: "floats", typed: [0, 1] },
  Round: { kernels: "floats" },
  Scan: { kernels: "any" },
  ScatterElements: { kernels: "scattered", typed: [0, 2] },
  ScatterND: { kernels: "scattered", typed: [0, 2] },
  Selu: { kernels: "single" },
  Shape: { kernels: "any", results: ["int64"] },
  Sigmoid: { kernels: "floats" },
  Sign: { kernels: "arithmetic" },
  Sin: { kernels: "floats" },
  Sinh: { kernels: "single" },
  Size: { kernels: "copied", results: ["int64"] },
  Slice: { kernels: "any", typed: [0] },
  Softmax: { kernels: "floats" },
  Softplus: { kernels: "single" },
  Split: { kernels: "any", typed: [0] },
  Sqrt: { kernels: "floats" },
  Squeeze: { kernels: "any", typed: [0] },
  Sub: { kernels: "arithmetic" },
  Tan: { kernels: "single" },
  Tanh: { kernels: "floats" },
  Tile: { kernels: "copied", typed: [0] },
  TopK: { kernels: "arithmetic", typed: [0], results: ["T", "int64"] },
  Transpose: { kernels: "any" },
  Trilu: { kernels: "wideAndBool", typed: [0] },
  Unique: { kernels: "sorted", results: ["T", "int64"] },
  Unsqueeze: { kernels: "any", typed: [0] },
  Where: { kernels: "wideAndUint8", typed: [1, 2] },
  Xor: { kernels: "boolean" },
} as const;

export type OnnxOpName = keyof typeof ONNX_OPS;

/** dtypes that hold every value of the key exactly, nearest first: what stands in where there is no kernel. */
const EXACT_SUBSTITUTES: Readonly<Partial<Record<DType, readonly DType[]>>> = {
  bool: ["uint8", "int32", "int64"],
  uint8: ["int16", "int32", "int64"],
  int8: ["int16", "int32", "int64"],
  int16: ["int32", "int64"],
  uint16: ["int32", "int64"],
  uint32: ["int64"],
  int32: ["int64"],
  float16: ["float32"],
  bfloat16: ["float32"],
};

/** What operators got with opset 20. */
const NEW_IN_20: Readonly<Partial<Record<OnnxOpName, DType>>> = {
  IsInf: "float16",
  ReduceMax: "bool",
  ReduceMin: "bool",
};

function kernelsOf(op: OnnxOpName, opset: Opset): readonly DType[] {
  const kernels = KERNEL_SETS[ONNX_OPS[op].kernels];
  return opset < 20 ? kernels.filter((dtype) => dtype !== NEW_IN_20[op]) : kernels;
}

/** The dtype in which `op` can compute on `dtype` without losing a bit; undefined when there is none. */
export function kernelDType(op: OnnxOpName, dtype: DType, opset: Opset = DEFAULT_OPSET): DType | undefined {
  const kernels = kernelsOf(op, opset);
  return [dtype, ...(EXACT_SUBSTITUTES[dtype] ?? [])].find((candidate) => kernels.includes(candidate));
}
