import { DTYPES, type DType, numel, type TypedArray } from "../core/index.ts";
import { invalid } from "./invalid.ts";
import type { TensorHeader } from "./tensor-header.ts";

/** The bytes after the JSON of a message: tensors one after another, little-endian and row-major, without padding. */
export class BinaryTail {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** @throws RelayError REQUEST_INVALID when there are not so many left */
  take(byteLength: number, name: string): Uint8Array {
    if (byteLength > this.left) throw invalid(`${name} has ${byteLength} bytes of binary data; ${this.left} are left`);
    this.#at += byteLength;
    return this.#bytes.subarray(this.#at - byteLength, this.#at);
  }

  /** @throws RelayError REQUEST_INVALID when bytes are left that belong to no tensor */
  requireEnd(): void {
    if (this.left > 0) throw invalid(`${this.left} bytes follow the last tensor`);
  }
}

/** The bytes themselves as an array, or a copy where they are not aligned. */
function arrayOf(bytes: Uint8Array, dtype: DType): TypedArray {
  const { array } = DTYPES[dtype];
  const isAligned = bytes.byteOffset % array.BYTES_PER_ELEMENT === 0;
  const { buffer, byteOffset, byteLength } = isAligned ? bytes : new Uint8Array(bytes);
  return new array(buffer, byteOffset, byteLength / array.BYTES_PER_ELEMENT);
}

/** The bytes as the array of a tensor, which must not be changed. @throws RelayError REQUEST_INVALID */
export function readBinaryData(bytes: Uint8Array, { name, dtype, shape }: TensorHeader): TypedArray {
  const wanted = numel(shape) * DTYPES[dtype].bytes;
  if (bytes.length !== wanted) {
    throw invalid(`${name} of shape [${shape.join(", ")}] has ${wanted} bytes of binary data, not ${bytes.length}`);
  }
  if (dtype === "bool" && bytes.some((byte) => byte > 1)) throw invalid(`${name} has a BOOL that is neither 0 nor 1`);
  return arrayOf(bytes, dtype);
}
