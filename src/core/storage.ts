import type { DType } from "./dtype.ts";

/** Where bytes of a model lie: in a file of the user, or in memory. Offsets and lengths in bytes. */
export type Storage =
  | { readonly kind: "file"; readonly path: string; readonly offset: number; readonly byteLength: number }
  | { readonly kind: "memory"; readonly bytes: Uint8Array };

/** A strided tensor over a storage, as PyTorch saves it; offset and strides in elements. Nothing is read to make one. */
export interface TensorLocation {
  readonly storage: Storage;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly storageOffset: number;
}

export function storageByteLength(storage: Storage): number {
  return storage.kind === "file" ? storage.byteLength : storage.bytes.byteLength;
}

/** Equal for storages that are the same memory, as keys of a map are. */
export function storageKey(storage: Storage): unknown {
  return storage.kind === "file" ? `${storage.offset} ${storage.path}` : storage.bytes;
}

/** Row-major strides, in elements. */
export function contiguousStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = step;
    step *= Math.max(1, shape[axis] ?? 1);
  }
  return strides;
}

/** Whether the strides walk the elements in row-major order without gaps; axes of size 1 may have any stride. */
export function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  if (shape.includes(0)) return true;
  const expected = contiguousStrides(shape);
  return shape.every((size, axis) => size === 1 || strides[axis] === expected[axis]);
}
