/**
 * Logarithm, sine and cosine in float32 as PyTorch's vectorized normal distribution computes them: the polynomials of the
 * Cephes library (https://www.netlib.org/cephes/), with a fused multiply-add wherever a product is added to something.
 */
const { fround, trunc } = Math;

const LOG = [
  7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
  2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
].map(fround);
const LN2_LOW = fround(-2.1219444e-4);
const LN2_HIGH = fround(0.693359375);
const SQRT_HALF = fround(Math.SQRT1_2);

const COS = [2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2].map(fround);
const SIN = [-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1].map(fround);
/** Quarter turns of π, in three parts whose products with small integers are exact. */
const QUARTER = [-0.78515625, -2.4187564849853516e-4, -3.774894977445941e-8].map(fround);
const FOUR_OVER_PI = fround(4 / Math.PI);

/** `a * b + c` of float32 numbers, rounded once. */
export function fusedMultiplyAdd(a: number, b: number, c: number): number {
  const product = a * b;
  const sum = product + c;
  const rounded = fround(sum);
  const rest = sum - rounded;
  const other = rounded + 2 * rest;
  if (rest === 0 || fround(other) !== other) return rounded;
  // `sum` lies halfway between two float32 numbers: what it lost when it was rounded itself decides.
  const back = sum - product;
  const lost = product - (sum - back) + (c - back);
  return lost !== 0 && lost > 0 === rest > 0 ? other : rounded;
}

function polynomial(coefficients: readonly number[], x: number): number {
  let sum = 0;
  for (const coefficient of coefficients) sum = fusedMultiplyAdd(sum, x, coefficient);
  return sum;
}

/** The number e for which `x` is from 2^(e - 1) to below 2^e; `x` is at least 2^-32 and below 2^8. */
function exponentOf(x: number): number {
  return x < 2 ** -12 ? 0 - Math.clz32(x * 2 ** 32) : 20 - Math.clz32(x * 2 ** 12);
}

/** The natural logarithm of a float32 from 2^-32 to 1. */
export function log(value: number): number {
  const power = exponentOf(value);
  const mantissa = value / 2 ** power;
  const isLow = mantissa < SQRT_HALF;
  const exponent = isLow ? power - 1 : power;
  const x = fround(isLow ? mantissa - 1 + mantissa : mantissa - 1);
  const z = fround(x * x);
  const y = fusedMultiplyAdd(fround(polynomial(LOG, x) * x), z, fround(exponent * LN2_LOW));
  const sum = fround(x + fround(y - fround(z * 0.5)));
  return fusedMultiplyAdd(exponent, LN2_HIGH, sum);
}

/** Cosine and sine of a float32 in [0, 2π]. */
export function cosineAndSine(angle: number): readonly [number, number] {
  const octant = (trunc(fround(angle * FOUR_OVER_PI)) + 1) & ~1;
  let x = angle;
  for (const part of QUARTER) x = fusedMultiplyAdd(octant, part, x);
  const z = fround(x * x);
  const even = fround(fusedMultiplyAdd(fround(polynomial(COS, z) * z), z, -fround(z * 0.5)) + 1);
  const odd = fusedMultiplyAdd(fround(polynomial(SIN, z) * z), x, x);
  const [cosine, sine] = (octant & 2) === 0 ? [even, odd] : [odd, even];
  return [((octant - 2) & 4) === 0 ? -cosine : cosine, octant & 4 ? -sine : sine];
}
