import { DTYPES, type DType } from "../src/core/index.ts";
import type { TensorBuffer } from "../src/runtime/index.ts";

/** How far a result may be from PyTorch's: |given - wanted| ≤ absolute + relative · |wanted|. */
export interface Tolerance {
  readonly relative: number;
  readonly absolute: number;
}

const EXACT: Tolerance = { relative: 0, absolute: 0 };

/** By dtype; for 16-bit floats two units in the last place. */
const DEFAULTS: Readonly<Partial<Record<DType, Tolerance>>> = {
  float32: { relative: 1e-4, absolute: 1e-5 },
  float64: { relative: 1e-6, absolute: 1e-7 },
  float16: { relative: 2e-3, absolute: 1e-5 },
  bfloat16: { relative: 2e-2, absolute: 1e-5 },
  complex64: { relative: 1e-4, absolute: 1e-5 },
  complex128: { relative: 1e-6, absolute: 1e-7 },
};

function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

function brainFloatToNumber(bits: number): number {
  return new Float32Array(new Uint32Array([bits << 16]).buffer)[0] ?? 0;
}

/** The elements as numbers; 64-bit integers as bigints. */
export function numbersOf({ dtype, bytes }: TensorBuffer): readonly (number | bigint)[] {
  const { array } = DTYPES[dtype];
  const copy = bytes.slice();
  const elements: readonly (number | bigint)[] = [
    ...new array(copy.buffer, 0, copy.byteLength / array.BYTES_PER_ELEMENT),
  ];
  if (dtype === "float16") return elements.map((bits) => halfToNumber(Number(bits)));
  return dtype === "bfloat16" ? elements.map((bits) => brainFloatToNumber(Number(bits))) : elements;
}

function isClose(given: number | bigint, wanted: number | bigint, { relative, absolute }: Tolerance): boolean {
  if (given === wanted || (Number.isNaN(given) && Number.isNaN(wanted))) return true;
  const distance = Math.abs(Number(given) - Number(wanted));
  return distance <= absolute + relative * Math.abs(Number(wanted)) && Number.isFinite(Number(wanted));
}

/**
 * The first way in which `given` is not what PyTorch computed; undefined when it is.
 * @param slack what a 16-bit float may be off beyond its tolerance
 */
export function difference(
  given: TensorBuffer,
  wanted: TensorBuffer,
  tolerance: Tolerance = DEFAULTS[wanted.dtype] ?? EXACT,
  slack = 0,
): string | undefined {
  if (given.dtype !== wanted.dtype) return `dtype ${given.dtype}, not ${wanted.dtype}`;
  if (given.shape.join() !== wanted.shape.join()) return `shape [${given.shape}], not [${wanted.shape}]`;
  const isHalf = wanted.dtype === "float16" || wanted.dtype === "bfloat16";
  const absolute = tolerance.absolute + (isHalf ? slack : 0);
  const values = numbersOf(given);
  const expected = numbersOf(wanted);
  const at = expected.findIndex((value, i) => !isClose(values[i] ?? Number.NaN, value, { ...tolerance, absolute }));
  return at < 0 ? undefined : `element ${at} is ${values[at]}, not ${expected[at]}`;
}
