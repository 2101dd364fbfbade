import { expect, test } from "vitest";
import type { TensorBuffer } from "../../src/runtime/index.ts";
import { runText } from "./run-model.ts";

function numberOf({ dtype, bytes }: TensorBuffer): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  if (dtype === "bool") return view.getUint8(0);
  return dtype === "int64" ? Number(view.getBigInt64(0, true)) : view.getFloat64(0, true);
}

/** Runs a graph whose input is `rows` × 7 and whose outputs are numbers. */
function run(lines: string, rows: number): readonly number[] {
  const text = `
    symbol s0 in [1, 64]
    input x: %x: float32[s0, 7]
    %n: int64(s0) = aten.sym_size.int(self=%x, dim=0)
    ${lines}
  `;
  return runText(text, { dtype: "float32", shape: [rows, 7], bytes: new Uint8Array(rows * 28) }).map(numberOf);
}

function compute(type: string, call: string, rows: number): number {
  return run(`%y: ${type} = ${call}\noutput y: %y`, rows)[0] ?? Number.NaN;
}

// What Python gives for n = 5.
const NUMBERS: readonly (readonly [call: string, type: string, value: number])[] = [
  ["aten.size.int(self=%x, dim=-1)", "int64", 7],
  ["aten.sym_numel.default(self=%x)", "int64", 35],
  ["aten.numel.default(self=%x)", "int64", 35],
  ["_operator.add(a=%n, b=3)", "int64", 8],
  ["_operator.sub(a=2, b=%n)", "int64", -3],
  ["_operator.mul(a=%n, b=%n)", "int64", 25],
  ["_operator.floordiv(a=%n, b=2)", "int64", 2],
  ["_operator.floordiv(a=-7, b=%n)", "int64", -2],
  ["_operator.floordiv(a=%n, b=-2)", "int64", -3],
  ["_operator.mod(a=-7, b=%n)", "int64", 3],
  ["_operator.mod(a=%n, b=3)", "int64", 2],
  ["_operator.pow(a=%n, b=2)", "int64", 25],
  ["_operator.pow(a=%n, b=0.5)", "float64", Math.sqrt(5)],
  ["_operator.truediv(a=%n, b=2)", "float64", 2.5],
  ["_operator.neg(a=%n)", "int64", -5],
  ["_operator.pos(a=%n)", "int64", 5],
  ["torch.sym_max(a=%n, b=9)", "int64", 9],
  ["torch.sym_min(a=%n, b=9)", "int64", 5],
  ["torch.sym_float(a=%n)", "float64", 5],
  ["torch.sym_sqrt(a=%n)", "float64", Math.sqrt(5)],
  ["torch._sym_sqrt(a=%n)", "float64", Math.sqrt(5)],
];

test.each(NUMBERS)("%s gives the %s that Python gives", (call, type, value) => {
  expect(compute(type, call, 5)).toBe(value);
});

const TESTS: readonly (readonly [call: string, holds: boolean])[] = [
  ["_operator.eq(a=%n, b=5)", true],
  ["_operator.ne(a=%n, b=5)", false],
  ["_operator.lt(a=%n, b=5)", false],
  ["_operator.le(a=%n, b=5)", true],
  ["_operator.gt(a=%n, b=4.5)", true],
  ["_operator.ge(a=4, b=%n)", false],
];

test.each(TESTS)("%s is %s for five rows", (call, holds) => {
  expect(compute("bool", call, 5)).toBe(holds ? 1 : 0);
});

test("conditions combine and choose", () => {
  const lines = `
    %few: bool = _operator.lt(a=%n, b=4)
    %odd: int64 = _operator.mod(a=%n, b=2)
    %isOdd: bool = _operator.eq(a=%odd, b=1)
    %both: bool = _operator.and_(a=%few, b=%isOdd)
    %any: bool = _operator.or_(a=%few, b=%isOdd)
    %many: bool = torch.sym_not(a=%few)
    %choice: int64 = torch.sym_ite(b=%few, t=%n, f=100)
    output both: %both
    output any: %any
    output many: %many
    output choice: %choice
  `;
  expect(run(lines, 3)).toEqual([1, 1, 0, 3]);
  expect(run(lines, 5)).toEqual([0, 1, 1, 100]);
  expect(run(lines, 6)).toEqual([0, 0, 1, 100]);
});

test("fractions are cut off towards zero", () => {
  const lines = `
    %half: float64 = _operator.truediv(a=%n, b=-2)
    %whole: int64 = math.trunc(x=%half)
    %integer: int64 = torch.sym_int(a=%half)
    output whole: %whole
    output integer: %integer
  `;
  expect(run(lines, 5)).toEqual([-2, -2]);
});

test("an integer division by a size that is zero fails the run instead of the process", () => {
  const lines = `
    %zero: int64 = _operator.sub(a=%n, b=5)
    %y: int64 = _operator.floordiv(a=7, b=%zero)
    output y: %y
  `;
  expect(run(lines, 6)).toEqual([7]);
  expect(() => run(lines, 5)).toThrow(/refuses the values of its inputs/);
});

test("a tensor that is lifted into the graph is itself", () => {
  const text = `
    input x: %x: int64[]
    %y: int64[] = aten.lift_fresh.default(self=%x)
    output y: %y
  `;
  const bytes = new Uint8Array(BigInt64Array.of(7n).buffer);
  expect(runText(text, { dtype: "int64", shape: [], bytes }).map(numberOf)).toEqual([7]);
});
