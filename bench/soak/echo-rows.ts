import { EXIT_ON, THROW_ON } from "./protocol.ts";

/** Rows that nobody else sends, so that a wrong row shows: two int32 each. */
export function uniqueRows(next: () => number): Int32Array {
  const id = next();
  const rows = 1 + (id % 5);
  const values = Int32Array.from({ length: 2 * rows }, (_, i) => id * 16 + i);
  const first = (values[0] ?? 0) & 0xff;
  return first === EXIT_ON || first === THROW_ON ? uniqueRows(next) : values;
}

export function sameRows(a: Int32Array, b: ArrayLike<number>): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}
