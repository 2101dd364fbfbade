import { contiguousStrides, DTYPES, type DType, LIMITS, numel, RelayError, Tensor } from "../core/index.ts";
import { ByteReader } from "../util/index.ts";
import { corrupt } from "./refusals.ts";
import { readTensor } from "./tensor-reader.ts";

const MAGIC = "\x93NUMPY";
/** NumPy pads its header so that the data starts at a multiple of this. */
const ALIGNMENT = 64;
const MAX_HEADER_BYTES = 65_536;

/** NumPy's type codes, without the byte order. */
const CODES: Readonly<Record<string, DType>> = {
  b1: "bool",
  i1: "int8",
  i2: "int16",
  i4: "int32",
  i8: "int64",
  u1: "uint8",
  u2: "uint16",
  u4: "uint32",
  u8: "uint64",
  f2: "float16",
  f4: "float32",
  f8: "float64",
  c8: "complex64",
  c16: "complex128",
};

const CODE_OF: ReadonlyMap<DType, string> = new Map(Object.entries(CODES).map(([code, dtype]) => [dtype, code]));

interface Header {
  readonly dtype: DType;
  readonly isBigEndian: boolean;
  readonly isFortran: boolean;
  readonly shape: readonly number[];
}

function unsupported(file: string, given: string): RelayError {
  const legal = "a .npy of numbers (bool, int8 to int64, uint8 to uint64, float16 to float64, complex)";
  return new RelayError("TENSOR_INVALID", { given: `${file}, ${given},`, legal });
}

const DESCR = /'descr':\s*'([<>|=])([a-zA-Z]\d+)'/;
const ORDER = /'fortran_order':\s*(True|False)/;
const SHAPE = /'shape':\s*\(([\d,\sL]*)\)/;

/** The header is a Python dict literal with exactly three keys. */
function parseHeader(text: string, file: string): Header {
  const [, order, code = ""] = DESCR.exec(text) ?? [];
  const dtype = Object.hasOwn(CODES, code) ? CODES[code] : undefined;
  if (dtype === undefined) throw unsupported(file, `whose header is ${text.trim().slice(0, 100)}`);
  const fortran = ORDER.exec(text)?.[1];
  const sizes = SHAPE.exec(text)?.[1];
  if (fortran === undefined || sizes === undefined) throw corrupt(file, "its NumPy header lacks a field");
  const shape = sizes
    .split(",")
    .map((size) => size.trim())
    .filter((size) => size !== "");
  return {
    dtype,
    isBigEndian: order === ">",
    isFortran: fortran === "True",
    shape: shape.map((n) => Number.parseInt(n, 10)),
  };
}

/** The header and the offset of the data, in bytes. */
function readHeader(bytes: Uint8Array, file: string): readonly [header: Header, dataOffset: number] {
  const reader = new ByteReader(bytes);
  if (bytes.length < 12 || Buffer.from(reader.take(6)).toString("latin1") !== MAGIC)
    throw corrupt(file, "it is no NumPy array");
  const version = reader.uint8();
  reader.skip(1);
  const length = version === 1 ? reader.uint16() : reader.uint32();
  if (version < 1 || version > 3 || length > Math.min(reader.remaining, MAX_HEADER_BYTES)) {
    throw corrupt(file, `its NumPy header, of version ${version}, claims ${length} bytes`);
  }
  const text = Buffer.from(reader.take(length)).toString("utf8");
  return [parseHeader(text, file), reader.offset];
}

function swapBytes(bytes: Uint8Array, width: number): Uint8Array {
  const swapped = new Uint8Array(bytes.length);
  for (let start = 0; start < bytes.length; start += width) {
    for (let i = 0; i < width; i++) swapped[start + i] = bytes[start + width - 1 - i] ?? 0;
  }
  return swapped;
}

/**
 * The tensor of a `.npy` file: a view of its bytes where alignment, byte order and memory order allow, else a copy.
 * @throws RelayError FILE_CORRUPT, or TENSOR_INVALID for arrays that hold no numbers
 */
export function readNpy(bytes: Uint8Array, file: string): Tensor {
  const [{ dtype, isBigEndian, isFortran, shape }, offset] = readHeader(bytes, file);
  const { array, bytes: size } = DTYPES[dtype];
  const length = numel(shape) * size;
  if (!(length <= bytes.length - offset) || shape.length > LIMITS.tensorRank) {
    throw corrupt(
      file,
      `its shape (${shape.slice(0, 8).join(", ")}) wants ${length} bytes of the ${bytes.length - offset} there are`,
    );
  }
  const data = bytes.subarray(offset, offset + length);
  return readTensor({
    storage: { kind: "memory", bytes: isBigEndian ? swapBytes(data, array.BYTES_PER_ELEMENT) : data },
    dtype,
    shape,
    strides: isFortran ? contiguousStrides(shape.toReversed()).reverse() : contiguousStrides(shape),
    storageOffset: 0,
  });
}

/** NumPy has no bfloat16: such tensors are written as float32, which holds each of their values. */
function widen(tensor: Tensor): Tensor {
  if (tensor.dtype !== "bfloat16") return tensor;
  const { buffer, byteOffset, length } = tensor.data;
  const bits = Uint32Array.from(new Uint16Array(buffer, byteOffset, length), (half) => half * 0x10000);
  return new Tensor("float32", new Float32Array(bits.buffer), tensor.shape);
}

/** A `.npy` file of version 1.0, little-endian, in C order. */
export function writeNpy(tensor: Tensor): Uint8Array {
  const { dtype, shape, bytes } = widen(tensor);
  const order = DTYPES[dtype].array.BYTES_PER_ELEMENT === 1 ? "|" : "<";
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const dict = `{'descr': '${order}${CODE_OF.get(dtype)}', 'fortran_order': False, 'shape': (${tuple}), }`;
  const prefix = MAGIC.length + 4;
  const headerBytes = Math.ceil((prefix + dict.length + 1) / ALIGNMENT) * ALIGNMENT - prefix;
  const file = Buffer.alloc(prefix + headerBytes + bytes.length);
  file.write(`${MAGIC}\x01\x00`, "latin1");
  file.writeUInt16LE(headerBytes, prefix - 2);
  file.write(`${dict.padEnd(headerBytes - 1)}\n`, prefix, "latin1");
  file.set(bytes, prefix + headerBytes);
  return file;
}
