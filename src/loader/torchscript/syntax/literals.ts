import type { Literal } from "./ast.ts";

const ESCAPES: Readonly<Record<string, number>> = {
  "\\": 0x5c,
  "'": 0x27,
  '"': 0x22,
  a: 0x07,
  b: 0x08,
  f: 0x0c,
  n: 0x0a,
  r: 0x0d,
  t: 0x09,
  v: 0x0b,
};

const PART = /\\([0-7]{1,3})|\\x([0-9A-Fa-f]{2})|\\(.)|[^\\]+/gy;

/** The byte that an escape names, or the text that is no escape. */
function meaningOf([part, octal, hex, character]: RegExpMatchArray): number | string | undefined {
  if (octal !== undefined) return Number.parseInt(octal, 8) & 0xff;
  if (hex !== undefined) return Number.parseInt(hex, 16);
  return character === undefined ? part : ESCAPES[character];
}

/**
 * The text of a quoted string; undefined for an escape that PyTorch does not know. Escapes name bytes, as PyTorch writes
 * them, so that two of them may make one character.
 */
export function parseString(token: string): string | undefined {
  const body = token.slice(1, -1);
  if (!body.includes("\\")) return body;
  const bytes = Buffer.alloc(Buffer.byteLength(body));
  let end = 0;
  for (const match of body.matchAll(PART)) {
    const meaning = meaningOf(match);
    if (meaning === undefined) return undefined;
    end = typeof meaning === "string" ? end + bytes.write(meaning, end) : bytes.writeUInt8(meaning, end);
  }
  return bytes.toString("utf8", 0, end);
}

const INT64_MAX = 2n ** 63n - 1n;

function integer(digits: string, isNegative: boolean): Literal | undefined {
  const value = isNegative ? -BigInt(digits) : BigInt(digits);
  if (value > INT64_MAX || value < -INT64_MAX - 1n) return undefined;
  const narrow = Number(value);
  return { kind: "int", value: Number.isSafeInteger(narrow) ? narrow : value };
}

const SPECIAL: Readonly<Record<string, number>> = { inf: Number.POSITIVE_INFINITY, nan: Number.NaN };

/** Longer ones cannot be of 64 bits. */
const MAX_DIGITS = 400;

/** The literal of a number token, `inf` and `nan` included, after its sign; undefined when it is none. */
export function parseNumber(token: string, isNegative: boolean): Literal | undefined {
  const isImaginary = token.endsWith("j");
  const digits = isImaginary ? token.slice(0, -1) : token;
  if (digits.length > MAX_DIGITS) return undefined;
  if (!isImaginary && /^\d+$/.test(digits)) return integer(digits, isNegative);
  const magnitude = SPECIAL[digits] ?? (/^[\d.]/.test(digits) ? Number(digits) : undefined);
  if (magnitude === undefined) return undefined;
  const value = isNegative ? -magnitude : magnitude;
  return isImaginary ? { kind: "complex", real: 0, imaginary: value } : { kind: "float", value };
}
