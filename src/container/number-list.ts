import { MAX_POWER, nearestDouble } from "./decimal.ts";

/** Digits of which a double holds every number; with as many more, numbers are read here, too. */
const HEAD_DIGITS = 15;
const MAX_DIGITS = 2 * HEAD_DIGITS;

const SPACE = 0x20;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const CLOSE = 0x5d;

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
  const items: number[] = [];
  let at = start;
  for (;;) {
    while (bytes[at] === SPACE) at++;
    const isNegative = bytes[at] === MINUS;
    if (isNegative) at++;
    const first = at;
    let head = 0;
    let tail = 0;
    let digits = 0;
    let point = 0;
    for (let digit = (bytes[at] ?? 0) - ZERO; ; digit = (bytes[++at] ?? 0) - ZERO) {
      if (digit >= 0 && digit <= 9) {
        if (digits < HEAD_DIGITS) head = head * 10 + digit;
        else tail = tail * 10 + digit;
        if (digits > 0 || digit > 0) digits++;
      } else if (digit === POINT - ZERO && point === 0) point = at;
      else break;
    }
    const whole = (point || at) - first;
    const places = point ? at - point - 1 : 0;
    const isPlain = whole > 0 && (whole === 1 || bytes[first] !== ZERO) && (point === 0 || places > 0);
    if (!isPlain || places > MAX_POWER || digits > (point ? MAX_DIGITS : HEAD_DIGITS)) return undefined;
    const value = nearestDouble(head, tail, digits > HEAD_DIGITS ? digits - HEAD_DIGITS : 0, places);
    if (value === undefined) return undefined;
    items.push(isNegative ? (point ? -value : 0 - value) : value);
    while (bytes[at] === SPACE) at++;
    const next = bytes[at++];
    if (next === CLOSE) return { items, end: at };
    if (next !== COMMA) return undefined;
  }
}
