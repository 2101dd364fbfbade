import type { EvalValue } from "../values.ts";
import type { HostCall } from "./host-rule.ts";

/** The position that `index` means in a sequence, counted from its end when negative. */
export function positionOf(call: HostCall, index: number, length: number): number {
  const position = index < 0 ? index + length : index;
  if (position >= 0 && position < length) return position;
  return call.session.refuse(
    `index ${index} of a sequence of ${length}, which PyTorch refuses too,`,
    "give other inputs",
  );
}

/** The positions that a slice of `length` items takes, by arguments from `from` on: start, end, step. */
export function slicePositions(call: HostCall, length: number, from: number): readonly number[] {
  const step = call.int(from + 2, 1);
  if (step === 0) return call.unfit("a step of 0");
  const [first, last] = step > 0 ? [0, length] : [-1, length - 1];
  const clamp = (index: number) => Math.min(last, Math.max(first, index < 0 ? index + length : index));
  const bound = (index: number, fallback: number) =>
    (call.args[index] ?? null) === null ? fallback : clamp(call.int(index));
  const [start, end] = [bound(from, step > 0 ? first : last), bound(from + 1, step > 0 ? last : first)];
  return Array.from({ length: Math.max(0, Math.ceil((end - start) / step)) }, (_, i) => start + i * step);
}

export function pick<Item>(items: ArrayLike<Item>, positions: readonly number[]): Item[] {
  return positions.map((position) => items[position] as Item);
}

/** -1, 0 or 1, for what can be ordered. */
export function order(call: HostCall, a: EvalValue, b: EvalValue): number {
  const isOrdered = (value: EvalValue) =>
    typeof value === "bigint" || typeof value === "number" || typeof value === "boolean";
  const isPair = (isOrdered(a) && isOrdered(b)) || (typeof a === "string" && typeof b === "string");
  if (!isPair || a === null || b === null) return call.unfit("items that have no order here");
  return a < b ? -1 : a > b ? 1 : 0;
}
