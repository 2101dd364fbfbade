import type { JsonValue } from "../container/index.ts";
import type { SymbolRange } from "../core/index.ts";
import { asObject, isObject } from "./json-fields.ts";

/** null, "Infinity" and numbers near 2^63 all mean that there is no bound. */
function bound(value: JsonValue | undefined, unbounded: number): number {
  return typeof value === "number" && Number.isSafeInteger(value) ? value : unbounded;
}

export const ANY_SIZE: SymbolRange = { min: 0, max: Number.POSITIVE_INFINITY };

/**
 * A minimum of 2 is what PyTorch writes when it was told none: its own run-time check lets 0 and 1 pass then.
 * https://github.com/pytorch/pytorch/blob/main/torch/_export/utils.py
 */
function readRange(min: JsonValue | undefined, max: JsonValue | undefined): SymbolRange {
  const least = bound(min, ANY_SIZE.min);
  return { min: least === 2 ? 1 : Math.max(0, least), max: bound(max, ANY_SIZE.max) };
}

/** The legal values of each symbol. */
export function readRanges(value: JsonValue | undefined): ReadonlyMap<string, SymbolRange> {
  const constraints = value === undefined ? {} : asObject(value, "the range constraints");
  const ranges = new Map<string, SymbolRange>();
  for (const [name, range] of Object.entries(constraints)) {
    if (isObject(range)) ranges.set(name, readRange(range["min_val"], range["max_val"]));
  }
  return ranges;
}
