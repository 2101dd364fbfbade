/** Powers of ten that a double holds exactly. */
const POWERS: readonly number[] = Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));

export const MAX_POWER: number = POWERS.length - 1;

/** Cuts a double into two halves of 26 bits (Dekker). */
const SPLITTER = 2 ** 27 + 1;

/** The rounding error of the double `a * b` (Dekker's product). */
function productError(a: number, b: number, product: number): number {
  const sa = SPLITTER * a;
  const aHigh = sa - (sa - a);
  const sb = SPLITTER * b;
  const bHigh = sb - (sb - b);
  const aLow = a - aHigh;
  const bLow = b - bHigh;
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}

/** What the calculation below may be off by, of the result; with a wide margin. */
const DOUBT = 2 ** -90;

/**
 * The double nearest to (head · 10^tailDigits + tail) / 10^places, as `Number` gives it of the digits; undefined where
 * that is too close to call. Numbers of up to 30 digits are divided with twice the precision of a double.
 * @param head up to 15 digits @param tail up to `tailDigits` digits, 15 at most @param places up to {@link MAX_POWER}
 */
export function nearestDouble(head: number, tail: number, tailDigits: number, places: number): number | undefined {
  const divisor = POWERS[places] as number;
  if (tailDigits === 0) return head / divisor;
  const scale = POWERS[tailDigits] as number;
  const product = head * scale;
  const sum = product + tail;
  const low = product - sum + tail + productError(head, scale, product);
  const quotient = sum / divisor;
  const back = quotient * divisor;
  const rest = (sum - back - productError(quotient, divisor, back) + low) / divisor;
  const doubt = quotient * DOUBT;
  const nearest = quotient + (rest - doubt);
  return nearest === quotient + (rest + doubt) ? nearest : undefined;
}
