import fc from "fast-check";
import { expect, test } from "vitest";
import { type Dim, evaluateDim, formatDim } from "../../src/core/index.ts";
import { parseSymbolicExpression } from "../../src/loader/symbolic-expression.ts";

const S0 = "Symbol('s0', positive=True, integer=True)";
const S1 = "Symbol('s1', integer=True)";

/** Left: sympy's str(), as torch up to 2.5 writes. Middle: its srepr, as newer ones write. Both were printed by sympy. */
test.each<[string, string, string, number]>([
  ["s0", S0, "s0", 7],
  ["4*s0 + 1", `Add(Mul(Integer(4), ${S0}), Integer(1))`, "1 + (4*s0)", 29],
  ["(s0//2)", `FloorDiv(${S0}, Integer(2))`, "s0//2", 3],
  ["Mod(s0, 2)", `Mod(${S0}, Integer(2))`, "s0%2", 1],
  ["PythonMod(s1, 3)", `PythonMod(${S1}, Integer(3))`, "s1%3", 2],
  ["Min(s0, s1)", `Min(${S0}, ${S1})`, "min(s0, s1)", 5],
  ["Max(1, s0)", `Max(Integer(1), ${S0})`, "max(1, s0)", 7],
  ["s0**2", `Pow(${S0}, Integer(2))`, "s0*s0", 49],
  ["s0 - s1", `Add(${S0}, Mul(Integer(-1), ${S1}))`, "(-1*s1) + s0", 2],
  ["(s0//2)", `CleanDiv(${S0}, Integer(2))`, "s0//2", 3],
  ["ModularIndexing(s0, 2, 3)", `ModularIndexing(${S0}, Integer(2), Integer(3))`, "(s0//2)%3", 0],
  ["(s0 + 1)*(s1 + 2)", `Mul(Add(${S0}, Integer(1)), Add(${S1}, Integer(2)))`, "(1 + s0)*(2 + s1)", 56],
  [
    "-s0 + 2*(s0 - -1)",
    `Add(Mul(Integer(-1), ${S0}), Mul(Integer(2), Add(${S0}, Integer(1))))`,
    "(-1*s0) + (2*(1 + s0))",
    9,
  ],
  ["(s0)", `Identity(${S0})`, "s0", 7],
  ["12", "Integer(12)", "12", 12],
])("%s", (python, srepr, text, value) => {
  const values = new Map([
    ["s0", 7],
    ["s1", 5],
  ]);
  for (const dim of [parseSymbolicExpression(python), parseSymbolicExpression(srepr)]) {
    expect(formatDim(dim)).toBe(text);
    expect(evaluateDim(dim, values)).toBe(value);
  }
});

test.each([
  [`CeilToInt(IntTrueDiv(${S0}, Integer(2)))`, "CeilToInt(IntTrueDiv(s0, 2))"],
  [`TruncToInt(Mul(Float('0.5', precision=53), ToFloat(${S0})))`, "TruncToInt(Mul(0.5, ToFloat(s0)))"],
  [`floor(Mul(Rational(1, 2), ${S0}))`, "floor(Mul(Rational(1, 2), s0))"],
  ["s0/2", "s0/2"],
  ["1.5*s0", "1.5*s0"],
  [`FloorDiv(${S0}, Integer(0))`, "FloorDiv(s0, 0)"],
  [`FloorDiv(${S0})`, "FloorDiv(s0)"],
  [`Pow(Pow(${S0}, Integer(4)), Integer(4))`, "Pow(Pow(s0, 4), 4)"],
  ["s0**s0", "s0**s0"],
  ["s0**1000000", "s0**1000000"],
  ["99999999999999999999", "99999999999999999999"],
  ["__import__('os').system('x')", "__import__('os').system('x')"],
  ["s0 +", "s0 +"],
  ["s0 s1", "s0 s1"],
  ["(s0", "(s0"],
  ["", ""],
])("%s is kept as text", (expression, text) => {
  expect(parseSymbolicExpression(expression)).toEqual({ op: "opaque", text });
});

test("deep and long expressions are kept as text", () => {
  expect(parseSymbolicExpression(`${"(".repeat(300)}s0${")".repeat(300)}`)).toMatchObject({ op: "opaque" });
  expect(parseSymbolicExpression(`s0${" + s0".repeat(1000)}`)).toMatchObject({ op: "opaque" });
});

type Tree = readonly [text: string, srepr: string, value: number];

/** Random arithmetic, in both forms, with its value for s0 = 7 and s1 = 5. */
const trees = fc.letrec<{ tree: Tree }>((tie) => {
  const binary = (name: string, infix: string, value: (a: number, b: number) => number) =>
    fc
      .tuple(tie("tree"), tie("tree"))
      .map(([a, b]): Tree => [`(${a[0]} ${infix} ${b[0]})`, `${name}(${a[1]}, ${b[1]})`, value(a[2], b[2])]);
  return {
    tree: fc.oneof(
      { maxDepth: 4 },
      fc.integer({ min: 1, max: 9 }).map((n): Tree => [String(n), `Integer(${n})`, n]),
      fc.constantFrom<Tree>(["s0", S0, 7], ["s1", S1, 5]),
      binary("Add", "+", (a, b) => a + b),
      binary("Mul", "*", (a, b) => a * b),
      binary("FloorDiv", "//", (a, b) => Math.floor(a / b)).filter(([, , value]) => value > 0),
    ),
  };
}).tree;

test("an expression has the value that its parts give", () => {
  const value = (dim: Dim) =>
    evaluateDim(
      dim,
      new Map([
        ["s0", 7],
        ["s1", 5],
      ]),
    );
  fc.assert(
    fc.property(trees, ([text, srepr, expected]) => {
      expect([value(parseSymbolicExpression(text)), value(parseSymbolicExpression(srepr))]).toEqual([
        expected,
        expected,
      ]);
    }),
    { numRuns: 300 },
  );
});
