import { expect, test } from "vitest";
import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from "../../src/core/index.ts";

const PATTERNS = Array.from({ length: 0x10000 }, (_, bits) => bits);

test.each([
  ["float16", fromFloat16, toFloat16],
  ["bfloat16", fromBfloat16, toBfloat16],
] as const)("every %s number comes back, and one between two goes to the nearer or the even one", (_, from, to) => {
  const patterns = PATTERNS.filter((bits) => !Number.isNaN(from(bits)));
  expect([...to(Float32Array.from(patterns, from))]).toEqual(patterns);
  const pairs = patterns.filter((bits) => Number.isFinite(from(bits)) && Number.isFinite(from(bits + 1)));
  const middle = (bits: number, share: number): number => from(bits) + (from(bits + 1) - from(bits)) * share;
  const at = (share: number): readonly number[] => [...to(Float32Array.from(pairs, (bits) => middle(bits, share)))];
  expect(at(0.5)).toEqual(pairs.map((bits) => bits + (bits % 2)));
  expect(at(0.25)).toEqual(pairs);
  expect(at(0.75)).toEqual(pairs.map((bits) => bits + 1));
});

test("what is too large for float16 is infinite, what is no number stays none", () => {
  const values = Float32Array.of(65519, 65520, -1e6, Number.POSITIVE_INFINITY, Number.NaN, 2 ** -25, 2 ** -24.9, -0);
  expect([...toFloat16(values)]).toEqual([0x7bff, 0x7c00, 0xfc00, 0x7c00, 0x7e00, 0, 1, 0x8000]);
});
