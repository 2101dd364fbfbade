import { DTYPES, LIMITS, storageByteLength, type TensorLocation } from "../core/index.ts";
import { Excess, Malformed } from "./refusal.ts";

/**
 * The location itself, once it is sure that every element lies inside the storage. Sizes, strides and offset are safe
 * integers, so the sum may round only where it is far too large anyway.
 */
export function checkedLocation(location: TensorLocation, what: string): TensorLocation {
  const { storage, dtype, shape, strides, storageOffset } = location;
  if (shape.length > LIMITS.tensorRank) throw new Excess(`the number of axes of ${what}`, shape.length, "tensorRank");
  const isLegal = [storageOffset, ...shape, ...strides].every((n) => Number.isSafeInteger(n) && n >= 0);
  if (!isLegal || shape.length !== strides.length) throw new Malformed(`${what} has an illegal shape or stride`);
  if (shape.includes(0)) return location;
  const last = shape.reduce((sum, size, axis) => sum + (size - 1) * (strides[axis] ?? 0), storageOffset);
  const elements = Math.floor(storageByteLength(storage) / DTYPES[dtype].bytes);
  if (last >= elements) {
    throw new Malformed(`${what} reaches element ${last} of a storage that holds ${elements} elements`);
  }
  return location;
}
