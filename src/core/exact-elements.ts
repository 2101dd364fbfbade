import { DTYPES, type DType, type DTypeArrays } from "./dtype.ts";
import { fromBfloat16, fromFloat16 } from "./half.ts";

/** An element as plain JavaScript has it; booleans for bool alone, bigints for integers alone. */
export type PlainElement = number | bigint | boolean;

function float32Bits(value: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, value);
  return view.getUint32(0);
}

/** The bit pattern of a number that float16 holds; of another number that of some other. */
function float16Bits(value: number): number {
  const word = float32Bits(value);
  const sign = (word >>> 16) & 0x8000;
  const exponent = ((word >>> 23) & 0xff) - 112;
  const fraction = word & 0x7fffff;
  if (exponent > 30) return sign | 0x7c00;
  if (exponent > 0) return sign | (exponent << 10) | (fraction >>> 13);
  return exponent < -10 ? sign : sign | ((fraction | 0x800000) >>> (14 - exponent));
}

function exactly(encode: (value: number) => number, decode: (bits: number) => number, nan: number) {
  return (value: PlainElement): number | undefined => {
    if (typeof value !== "number") return undefined;
    if (Number.isNaN(value)) return nan;
    return decode(encode(value)) === value ? encode(value) : undefined;
  };
}

/** Rounded to the nearest number of the dtype; a finite number must not become infinite. */
function rounded(round: (value: number) => number) {
  return (value: PlainElement): number | undefined => {
    const isNumber = typeof value === "number" && Number.isFinite(round(value)) === Number.isFinite(value);
    return isNumber ? value : undefined;
  };
}

function whole(dtype: DType): (value: PlainElement) => number | bigint | undefined {
  const { bytes } = DTYPES[dtype];
  const [bits, isSigned] = [8 * bytes, dtype.startsWith("int")];
  const wrap = (value: bigint) => (isSigned ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value));
  return (value) => {
    if (typeof value !== "bigint" && !Number.isSafeInteger(value)) return undefined;
    const exact = BigInt(value);
    if (wrap(exact) !== exact) return undefined;
    return bytes === 8 ? exact : Number(exact);
  };
}

const FLOATS = {
  float32: rounded(Math.fround),
  float64: rounded((value) => value),
  complex64: rounded(Math.fround),
  complex128: rounded((value) => value),
  float16: exactly(float16Bits, fromFloat16, 0x7e00),
  bfloat16: exactly((value) => float32Bits(value) >>> 16, fromBfloat16, 0x7fc0),
  bool: (value: PlainElement) => (value === true || value === 1 ? 1 : value === false || value === 0 ? 0 : undefined),
} as const;

function reader(dtype: DType): (value: PlainElement) => number | bigint | undefined {
  return dtype in FLOATS ? FLOATS[dtype as keyof typeof FLOATS] : whole(dtype);
}

/** What plain elements of a dtype are, for messages. */
export function legalElements(dtype: DType): string {
  if (dtype === "bool") return "true, false, 1 or 0";
  if (dtype === "float16" || dtype === "bfloat16") return `numbers that ${dtype} holds exactly`;
  return dtype in FLOATS
    ? `numbers of ${dtype}`
    : `whole numbers of ${dtype}, as bigint where a number cannot hold them`;
}

/**
 * A typed array of the elements; integers, booleans and 16-bit floats must be exact, other floats are rounded as
 * JavaScript does. Gives the position of the first element that is none.
 */
export function exactElements<D extends DType>(dtype: D, elements: readonly PlainElement[]): DTypeArrays[D] | number {
  const read = reader(dtype);
  const data = new DTYPES[dtype].array(elements.length);
  for (let i = 0; i < elements.length; i++) {
    const element = read(elements[i] as PlainElement);
    if (element === undefined) return i;
    data[i] = element;
  }
  return data as DTypeArrays[D];
}
