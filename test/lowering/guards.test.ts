import { expect, test } from "vitest";
import { lower } from "../../src/lowering/index.ts";
import type { TensorBuffer } from "../../src/runtime/index.ts";
import { parseGraph } from "../graph/parse-graph.ts";
import { runText } from "./run-model.ts";

function int64s(...values: readonly number[]): TensorBuffer {
  const bytes = new Uint8Array(BigInt64Array.from(values.map(BigInt)).buffer);
  return { dtype: "int64", shape: [values.length], bytes };
}

function run(text: string, ...inputs: readonly TensorBuffer[]): readonly bigint[] {
  return runText(text, ...inputs).flatMap(({ bytes }) => [...new BigInt64Array(bytes.slice().buffer)]);
}

const QUOTIENT = `
  input a: %a: int64[2]
  input b: %b: int64[2]
  %y: int64[2] = aten.floor_divide.default(self=%a, other=%b)
  output y: %y
`;

test("dividing integers by zero is refused, as PyTorch raises an error", () => {
  expect(run(QUOTIENT, int64s(7, -7), int64s(2, 2))).toEqual([3n, -4n]);
  expect(() => run(QUOTIENT, int64s(7, -7), int64s(2, 0))).toThrow(/refuses the values of its inputs/);
});

const PICK = `
  input table: %table: int64[3]
  input index: %index: int64[2]
  %y: int64[2] = aten.index_select.default(self=%table, dim=0, index=%index)
  output y: %y
`;

test("an index that PyTorch rejects is refused", () => {
  expect(run(PICK, int64s(10, 20, 30), int64s(2, 0))).toEqual([30n, 10n]);
  expect(() => run(PICK, int64s(10, 20, 30), int64s(-1, 0))).toThrow(/refuses the values of its inputs/);
  expect(() => run(PICK, int64s(10, 20, 30), int64s(3, 0))).toThrow(/refuses the values of its inputs/);
});

test("a class that one_hot does not have is refused", () => {
  const text = `
    input x: %x: int64[2]
    %y: int64[2, 3] = aten.one_hot.default(self=%x, num_classes=3)
    output y: %y
  `;
  expect(run(text, int64s(2, 0))).toEqual([0n, 0n, 1n, 1n, 0n, 0n]);
  expect(() => run(text, int64s(3, 0))).toThrow(/refuses the values of its inputs/);
});

test("an image size that float32 would round otherwise is refused", () => {
  const text = (size: number) => `
    input x: %x: float32[1, 1, 100, 4]
    %y: float32[1, 1, ${size}, 4] = aten.upsample_nearest2d.vec(input=%x, output_size=None, scale_factors=[${size / 100}, 1])
    output y: %y
  `;
  expect(Math.floor(100 * 0.29)).toBe(28);
  expect(() => lower(parseGraph(text(25)))).not.toThrow();
  expect(() => lower(parseGraph(text(28).replace("0.28", "0.29")))).toThrow(/follow exactly from the scales/);
});
