import type { JsonValue } from "../container/index.ts";
import type { DType } from "../core/index.ts";

/** How the elements of a dtype are written in JSON. */
export interface JsonElements {
  /** What `read` takes, for messages. */
  readonly legal: string;
  /** The element as its typed array holds it; undefined when this is not one. */
  readonly read: (value: JsonValue) => number | bigint | undefined;
  readonly write: (element: number | bigint) => string;
}

/** JSON has no numbers for these; the strings are those of protobuf's JSON mapping, and NumPy reads them too. */
const NON_FINITE: ReadonlyMap<JsonValue, number> = new Map([
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
]);

function writeFloat(value: number | bigint): string {
  if (!Number.isFinite(value)) return `"${value}"`;
  return Object.is(value, -0) ? "-0.0" : String(value);
}

/** @param round gives the nearest number of the dtype; a finite number must not become infinite */
function float(round: (value: number) => number): JsonElements {
  return {
    legal: 'numbers, or "NaN", "Infinity", "-Infinity"',
    write: writeFloat,
    read: (value) => {
      if (typeof value === "string") return NON_FINITE.get(value);
      if (typeof value !== "number" && typeof value !== "bigint") return undefined;
      const number = Number(value);
      const overflows = (typeof value === "bigint" || Number.isFinite(number)) && !Number.isFinite(round(number));
      return overflows ? undefined : number;
    },
  };
}

function integer(min: number, max: number): JsonElements {
  return {
    legal: `whole numbers from ${min} to ${max}`,
    write: String,
    read: (value) =>
      typeof value === "number" && Number.isInteger(value) && value >= min && value <= max ? value : undefined,
  };
}

/** 64-bit integers: those beyond 2^53 only in plain digits, since a fraction or an exponent has lost some. */
function longInteger(min: bigint, max: bigint): JsonElements {
  return {
    legal: `whole numbers from ${min} to ${max}, in digits`,
    write: String,
    read: (value) => {
      if (typeof value !== "bigint" && !Number.isSafeInteger(value)) return undefined;
      const exact = BigInt(value as number | bigint);
      return exact >= min && exact <= max ? exact : undefined;
    },
  };
}

const bool: JsonElements = {
  legal: "true, false, 1 or 0",
  write: (element) => String(element !== 0),
  read: (value) => (value === true || value === 1 ? 1 : value === false || value === 0 ? 0 : undefined),
};

/** 16-bit floats are absent: the protocol sends them as binary data only. */
export const JSON_ELEMENTS: Readonly<Partial<Record<DType, JsonElements>>> = {
  bool,
  uint8: integer(0, 2 ** 8 - 1),
  uint16: integer(0, 2 ** 16 - 1),
  uint32: integer(0, 2 ** 32 - 1),
  uint64: longInteger(0n, 2n ** 64n - 1n),
  int8: integer(-(2 ** 7), 2 ** 7 - 1),
  int16: integer(-(2 ** 15), 2 ** 15 - 1),
  int32: integer(-(2 ** 31), 2 ** 31 - 1),
  int64: longInteger(-(2n ** 63n), 2n ** 63n - 1n),
  float32: float(Math.fround),
  float64: float((value) => value),
};
