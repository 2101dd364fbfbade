import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { batchSymbol, normalize } from "../../src/graph/index.ts";
import { parseGraph } from "./parse-graph.ts";

interface GoldenCase {
  readonly name: string;
  readonly apart: boolean;
  readonly graph: string;
}

const golden: readonly GoldenCase[] = JSON.parse(
  readFileSync(new URL("../fixtures/graph/batch-axis.json", import.meta.url), "utf8"),
);

function batchOf(text: string): string | undefined {
  return batchSymbol(normalize(parseGraph(text)));
}

/** The first dimension of the first input. */
function rowSymbol(text: string): string | undefined {
  return /^input .*?\[(\w+)/m.exec(text)?.[1];
}

describe("programs in which PyTorch keeps rows apart", () => {
  test.for(golden.filter(({ apart }) => apart))("$name", ({ graph }) => {
    expect(batchOf(graph)).toBe(rowSymbol(graph));
  });
});

describe("programs in which rows mix", () => {
  test.for(golden.filter(({ apart }) => !apart))("$name", ({ graph }) => {
    expect(batchOf(graph)).toBeUndefined();
  });
});

describe("what the rows of a graph may not be", () => {
  const symbols = "symbol s0 in [1, 64]\nsymbol s1 in [1, 64]";

  test.for<readonly [string, string]>([
    [
      "an output that is the same for all rows",
      "input x: %x: float32[s0, 4]\nparameter w: %w: float32[4]\noutput y: %w",
    ],
    ["a number of an input's own", "input x: %x: float32[s0]\ninput n: %n: int64\noutput y: %x"],
    ["an input without rows", "input x: %x: float32[s0]\ninput k: %k: float32[]\noutput y: %x"],
    [
      "inputs whose rows are counted by different symbols",
      "input x: %x: float32[s0]\ninput z: %z: float32[s1]\noutput y: %x",
    ],
    ["rows on two axes", "input x: %x: float32[s0, s0]\noutput y: %x"],
    ["a fixed first axis", "input x: %x: float32[8, s0]\noutput y: %x"],
    ["several places a row", "input x: %x: float32[2*s0]\noutput y: %x"],
    ["no output", "input x: %x: float32[s0]"],
  ])("%s", ([, text]) => {
    expect(batchOf(`${symbols}\n${text}`)).toBeUndefined();
  });

  test.for<readonly [string, string]>([
    ["an unknown operator", "%r: float32[s0, 4] = custom.op.default(a=%x)"],
    ["an operator without a rule", "%r: float32[s0, 4] = aten.linalg_inv.default(A=%x)"],
    ["weights that depend on rows", "%r: float32[s0, 4] = aten.linear.default(input=%x, weight=%x)"],
    [
      "a place that the number of rows decides",
      "%n: int64(s0) = aten.sym_size.int(self=%x, dim=0)\n%m: int64 = _operator.sub(a=%n, b=1)\n%r: float32[s0] = aten.select.int(self=%x, dim=1, index=%m)",
    ],
    [
      "a window that the number of rows moves",
      "%n: int64(s0) = aten.sym_size.int(self=%x, dim=0)\n%m: int64 = _operator.add(a=%n, b=2)\n%r: float32[s0, 2] = aten.slice.Tensor(self=%x, dim=1, start=%n, end=%m)",
    ],
    ["a result whose type does not have the rows", "%r: float32[s1, 4] = aten.relu.default(self=%x)"],
    [
      "a squeeze that would take the rows away where there is one",
      "%r: float32[s0, 4] = aten.squeeze.dim(self=%x, dim=0)",
    ],
    [
      "row numbers given out",
      "%n: int64(s0) = aten.sym_size.int(self=%x, dim=0)\n%r: int64[s0] = aten.arange.default(end=%n)",
    ],
    [
      "row numbers that do not count from 0",
      "%n: int64(s0) = aten.sym_size.int(self=%x, dim=0)\n%i: int64[s0] = aten.arange.start(start=1, end=%n)\n%r: float32[s0, 4] = aten.index.Tensor(self=%x, indices=[%i])",
    ],
  ])("%s", ([, node]) => {
    expect(batchOf(`${symbols}\ninput x: %x: float32[s0, 4]\n${node}\noutput y: %r`)).toBeUndefined();
  });

  test("but what they may be: rows taken by their own numbers, and a window beside them", () => {
    const nodes = `
      %n: int64(s0) = aten.sym_size.int(self=%x, dim=0)
      %i: int64[s0] = aten.arange.default(end=%n)
      %r: float32[s0, 4] = aten.index.Tensor(self=%x, indices=[%i])
      %w: float32[s0, 2] = aten.slice.Tensor(self=%r, dim=1, start=1, end=3)
    `;
    expect(batchOf(`${symbols}\ninput x: %x: float32[s0, 4]\n${nodes}\noutput y: %w`)).toBe("s0");
  });
});
