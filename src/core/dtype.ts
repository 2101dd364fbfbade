/** The typed array that holds elements of each dtype. 16-bit floats are held as their bit patterns. */
export interface DTypeArrays {
  float32: Float32Array;
  float64: Float64Array;
  float16: Uint16Array;
  bfloat16: Uint16Array;
  int8: Int8Array;
  int16: Int16Array;
  int32: Int32Array;
  int64: BigInt64Array;
  uint8: Uint8Array;
  uint16: Uint16Array;
  uint32: Uint32Array;
  uint64: BigUint64Array;
  bool: Uint8Array;
  complex64: Float32Array;
  complex128: Float64Array;
}

/** PyTorch's dtype names without the `torch.` prefix. */
export type DType = keyof DTypeArrays;

export type TypedArray = DTypeArrays[DType];

type ArrayClass = {
  new (length: number): TypedArray;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): TypedArray;
  readonly BYTES_PER_ELEMENT: number;
  readonly name: string;
};

/** Promotion categories, lowest first. */
export type DTypeCategory = "bool" | "int" | "float" | "complex";

export interface DTypeInfo {
  readonly bytes: number;
  readonly category: DTypeCategory;
  readonly array: ArrayClass;
  /** How many array elements one tensor element takes: 2 for complex (real, imaginary). */
  readonly lanes: 1 | 2;
  /** ONNX TensorProto.DataType, which is also ONNX Runtime's element type. */
  readonly onnx: number;
}

function info(bytes: number, category: DTypeCategory, array: ArrayClass, onnx: number): DTypeInfo {
  return { bytes, category, array, lanes: category === "complex" ? 2 : 1, onnx };
}

export const DTYPES: Readonly<Record<DType, DTypeInfo>> = {
  float32: info(4, "float", Float32Array, 1),
  float64: info(8, "float", Float64Array, 11),
  float16: info(2, "float", Uint16Array, 10),
  bfloat16: info(2, "float", Uint16Array, 16),
  int8: info(1, "int", Int8Array, 3),
  int16: info(2, "int", Int16Array, 5),
  int32: info(4, "int", Int32Array, 6),
  int64: info(8, "int", BigInt64Array, 7),
  uint8: info(1, "int", Uint8Array, 2),
  uint16: info(2, "int", Uint16Array, 4),
  uint32: info(4, "int", Uint32Array, 12),
  uint64: info(8, "int", BigUint64Array, 13),
  bool: info(1, "bool", Uint8Array, 9),
  complex64: info(8, "complex", Float32Array, 14),
  complex128: info(16, "complex", Float64Array, 15),
};

export function isDType(name: string): name is DType {
  return Object.hasOwn(DTYPES, name);
}
