import { MAX_POWER, nearestDouble } from "./decimal.ts";

/** Digits of which a double holds every number; with as many more, numbers are read here, too. */
const HEAD_DIGITS = 15;

const SPACE = 0x20;
const COMMA = 0x2c;
const MINUS = 0x2d;
const ZERO = 0x30;
/** As a digit. */
const POINT = 0x2e - ZERO;
const CLOSE = 0x5d;

/** Of what a list is gathered in: how much there is at first, and how much is kept for the next list. */
const FIRST_ITEMS = 1024;
const KEPT_ITEMS = 2 ** 20;

/** A typed array is filled in half the time that a growing list takes. */
let gathered = new Float64Array(FIRST_ITEMS);

function gather(index: number, value: number): void {
  if (index === gathered.length) {
    const larger = new Float64Array(2 * index);
    larger.set(gathered);
    gathered = larger;
  }
  gathered[index] = value;
}

function listOf(count: number): number[] {
  const items = new Array<number>(count);
  for (let i = 0; i < count; i++) items[i] = gathered[i] as number;
  if (gathered.length > KEPT_ITEMS) gathered = new Float64Array(FIRST_ITEMS);
  return items;
}

/** The numbers of a JSON array, and where it ends. */
export interface NumberList {
  readonly items: number[];
  /** Of the byte behind the closing bracket. */
  readonly end: number;
}

/**
 * Reads a JSON array that holds nothing but plain numbers: integers of up to 15 digits, and decimals without an exponent.
 * Gives what `JSON.parse` does, in less time; undefined for any other array, and for what is no JSON.
 * @param start of the byte behind the opening bracket
 */
export function readNumberList(bytes: Uint8Array, start: number): NumberList | undefined {
  // One loop over bytes, without calls or checks that can be avoided: requests are long lists of numbers. `digit` is the byte at
  // `at`, less that of 0; behind the end of the bytes it is NaN, which no condition takes.
  const digitAt = (index: number): number => (bytes[index] as number) - ZERO;
  let at = start;
  for (let count = 0; ; count++) {
    while (bytes[at] === SPACE) at++;
    const isNegative = bytes[at] === MINUS;
    if (isNegative) at++;
    const first = at;
    let head = 0;
    let digit = digitAt(at);
    for (; digit >= 0 && digit <= 9; digit = digitAt(++at)) head = head * 10 + digit;
    const whole = at - first;
    if (whole === 0 || whole > HEAD_DIGITS || (whole > 1 && bytes[first] === ZERO)) return undefined;
    if (digit === POINT) {
      const point = at;
      digit = digitAt(++at);
      if (head === 0) while (digit === 0) digit = digitAt(++at);
      const headEnd = at + HEAD_DIGITS - (head === 0 ? 0 : whole);
      for (; digit >= 0 && digit <= 9 && at < headEnd; digit = digitAt(++at)) head = head * 10 + digit;
      const tailStart = at;
      let tail = 0;
      for (; digit >= 0 && digit <= 9; digit = digitAt(++at)) tail = tail * 10 + digit;
      const places = at - point - 1;
      const tailDigits = at - tailStart;
      if (places === 0 || places > MAX_POWER || tailDigits > HEAD_DIGITS) return undefined;
      const value = nearestDouble(head, tail, tailDigits, places);
      if (value === undefined) return undefined;
      gather(count, isNegative ? -value : value);
    } else gather(count, isNegative ? 0 - head : head);
    while (bytes[at] === SPACE) at++;
    const next = bytes[at++];
    if (next === CLOSE) return { items: listOf(count + 1), end: at };
    if (next !== COMMA) return undefined;
  }
}
