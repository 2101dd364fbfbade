import {
  DTYPES,
  type DType,
  type DTypeArrays,
  isContiguous,
  LIMITS,
  type Limits,
  numel,
  type Storage,
  storageByteLength,
  Tensor,
  type TensorLocation,
} from "../core/index.ts";
import { FileSource } from "./file-source.ts";
import { checkLimit } from "./refusals.ts";

/** Bytes of a storage: a view of what is in memory, a copy of what is in a file. @throws RelayError FILE_UNREADABLE */
export function readStorage(storage: Storage, offset: number, length: number): Uint8Array {
  if (storage.kind === "memory") return storage.bytes.subarray(offset, offset + length);
  const file = new FileSource(storage.path);
  try {
    return file.read(storage.offset + offset, length);
  } finally {
    file.close();
  }
}

/** So much of a storage is in memory at a time. */
const PART_BYTES = 2 ** 26;

/** All bytes of a storage in order, a part at a time. @throws RelayError FILE_UNREADABLE */
export function* storageParts(storage: Storage): Generator<Uint8Array> {
  const length = storageByteLength(storage);
  for (let offset = 0; offset < length; offset += PART_BYTES) {
    yield readStorage(storage, offset, Math.min(PART_BYTES, length - offset));
  }
}

function typedArray<D extends DType>(dtype: D, bytes: Uint8Array): DTypeArrays[D] {
  const { array } = DTYPES[dtype];
  const aligned = bytes.byteOffset % array.BYTES_PER_ELEMENT === 0 ? bytes : new Uint8Array(bytes);
  return new array(aligned.buffer, aligned.byteOffset, aligned.byteLength / array.BYTES_PER_ELEMENT) as DTypeArrays[D];
}

/** Calls `visit` with the offset of every element in row-major order, in elements from the first one. */
function walk(shape: readonly number[], strides: readonly number[], visit: (offset: number) => void): void {
  const visitAxis = (axis: number, start: number): void => {
    const [size = 0, stride = 0] = [shape[axis], strides[axis]];
    const next = axis + 1 < shape.length ? (offset: number) => visitAxis(axis + 1, offset) : visit;
    for (let i = 0; i < size; i++) next(start + i * stride);
  };
  visitAxis(0, 0);
}

/** Elements are moved in units of up to 4 bytes, as integers, so that no bit of a NaN changes. */
function units(bytes: Uint8Array, size: number): Uint8Array | Uint16Array | Uint32Array {
  if (size === 1) return bytes;
  return size === 2 ? typedArray("uint16", bytes) : typedArray("uint32", bytes);
}

function gather({ dtype, shape, strides }: TensorLocation, bytes: Uint8Array): Uint8Array {
  const size = DTYPES[dtype].bytes;
  const lanes = Math.ceil(size / 4);
  const source = units(bytes, size);
  const packed = new Uint8Array(numel(shape) * size);
  const target = units(packed, size);
  let at = 0;
  walk(shape, strides, (offset) => {
    for (let lane = 0; lane < lanes; lane++) target[at++] = source[offset * lanes + lane] ?? 0;
  });
  return packed;
}

/** The tensor at a location that was checked to lie inside its storage: a view where possible, else a packed copy. */
export function readTensor(location: TensorLocation, limits: Limits = LIMITS): Tensor {
  const { storage, dtype, shape, strides, storageOffset } = location;
  const { bytes: size } = DTYPES[dtype];
  checkLimit("a tensor", "its size in bytes", numel(shape) * size, "materializedWeightBytes", limits);
  const count = shape.includes(0) ? 0 : shape.reduce((sum, n, axis) => sum + (n - 1) * (strides[axis] ?? 0), 1);
  const bytes = readStorage(storage, storageOffset * size, count * size);
  const packed = isContiguous(shape, strides) ? bytes : gather(location, bytes);
  return new Tensor(dtype, typedArray(dtype, packed), shape);
}
