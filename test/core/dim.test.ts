import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type Dim,
  type DimFunction,
  describeShape,
  dimEquals,
  dimExpression,
  evaluateDim,
  formatDim,
  formatShape,
  multipleOf,
  numel,
  symbol,
  symbolsOf,
} from "../../src/core/index.ts";

const [s, t] = [symbol("s"), symbol("t")];

test.each<[Dim, string]>([
  [dimExpression("mul", 4, s), "4*s"],
  [dimExpression("mul", s, 4), "4*s"],
  [dimExpression("mul", 2, dimExpression("mul", s, 3)), "6*s"],
  [dimExpression("add", s, 0), "s"],
  [dimExpression("mul", s, 1), "s"],
  [dimExpression("mul", s, 0), "0"],
  [dimExpression("add", s, dimExpression("mul", 2, t)), "(2*t) + s"],
  [dimExpression("floordiv", s, 1), "s"],
  [dimExpression("max", 1, s), "max(1, s)"],
  [dimExpression("mod", 7, 4), "3"],
  [dimExpression("floordiv", -7, 2), "-4"],
])("%j is written %s", (dim, text) => {
  expect(formatDim(dim)).toBe(text);
});

test("equals are recognised however they were built", () => {
  expect(dimEquals(dimExpression("mul", s, t, 2), dimExpression("mul", 2, dimExpression("mul", t, s)))).toBe(true);
  expect(dimEquals(dimExpression("mul", s, 2), dimExpression("add", s, 2))).toBe(false);
});

test("a multiple of a symbol has a factor; nothing else has", () => {
  expect(
    [s, dimExpression("mul", 4, s), dimExpression("add", 1, s), dimExpression("mul", s, t), 4].map((dim) =>
      multipleOf(dim, "s"),
    ),
  ).toEqual([1, 4, undefined, undefined, undefined]);
});

test("shapes, their extents and their symbols", () => {
  expect(formatShape([s, 3, dimExpression("mul", 2, t)])).toBe("[s, 3, 2*t]");
  expect(numel([2, 3, 4])).toBe(24);
  expect(numel([])).toBe(1);
  expect(formatDim(numel([s, 3, 4]))).toBe("12*s");
  expect(symbolsOf(dimExpression("add", s, dimExpression("mul", s, t)))).toEqual(expect.arrayContaining(["s", "t"]));
  expect(describeShape([s, 3], { s: { min: 1, max: 8 } })).toBe("[s, 3] with s from 1 to 8");
  expect(describeShape([s], { s: { min: 0, max: Number.POSITIVE_INFINITY } })).toBe("[s] with s ≥ 0");
});

const leaf: fc.Arbitrary<Dim> = fc.oneof(fc.integer({ min: -9, max: 9 }), fc.constantFrom<Dim>(s, t));
const operation = fc.constantFrom<DimFunction>("add", "mul", "floordiv", "mod", "min", "max");

/** A tree of operations, and what Python would compute of it. */
const tree = fc.letrec<{ node: { dim: Dim; value: number } }>((tie) => ({
  node: fc.oneof(
    { depthSize: "small" },
    leaf.map((dim) => ({ dim, value: evaluateDim(dim, VALUES) as number })),
    fc.tuple(operation, tie("node"), tie("node")).map(([op, a, b]) => {
      const divides = (op === "floordiv" || op === "mod") && b.value === 0;
      const right = divides ? { dim: 3, value: 3 } : b;
      return { dim: dimExpression(op, a.dim, right.dim), value: PYTHON[op](a.value, right.value) };
    }),
  ),
})).node;

const VALUES = new Map([
  ["s", 5],
  ["t", 7],
]);

const PYTHON: Record<DimFunction, (a: number, b: number) => number> = {
  add: (a, b) => a + b,
  mul: (a, b) => a * b,
  floordiv: (a, b) => Math.floor(a / b),
  mod: (a, b) => ((a % b) + b) % b,
  min: (a, b) => [a, b].sort((x, y) => x - y)[0] ?? 0,
  max: (a, b) => [a, b].sort((x, y) => y - x)[0] ?? 0,
};

test("simplifying never changes the value", () => {
  fc.assert(
    fc.property(tree, ({ dim, value }) => {
      expect((evaluateDim(dim, VALUES) ?? Number.NaN) + 0).toBe(value + 0);
    }),
    { numRuns: 2000 },
  );
});
