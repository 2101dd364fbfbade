import { describe, expect, test } from "vitest";
import { normalize, printGraph } from "../../src/graph/index.ts";
import { parseGraph } from "./parse-graph.ts";

type Form = (x: string, dtype: string) => string;

const NEW: Form = (x, t) => `
  %half: ${t} = aten.mul.Tensor(self=${x}, other=0.5)
  %cube: ${t} = aten.pow.Tensor_Scalar(self=${x}, exponent=3)
  %small: ${t} = aten.mul.Tensor(self=%cube, other=0.044715)
  %both: ${t} = aten.add.Tensor(self=${x}, other=%small)
  %inner: ${t} = aten.mul.Tensor(self=%both, other=0.7978845608028654)
  %tanh: ${t} = aten.tanh.default(self=%inner)
  %one: ${t} = aten.add.Tensor(self=%tanh, other=1.0)
  %y: ${t} = aten.mul.Tensor(self=%half, other=%one)`;

const FACTORED: Form = (x, t) => `
  %half: ${t} = aten.mul.Tensor(self=${x}, other=0.5)
  %scaled: ${t} = aten.mul.Tensor(self=${x}, other=0.79788456)
  %small: ${t} = aten.mul.Tensor(self=${x}, other=0.044715)
  %square: ${t} = aten.mul.Tensor(self=%small, other=${x})
  %more: ${t} = aten.add.Tensor(self=%square, other=1)
  %inner: ${t} = aten.mul.Tensor(self=%scaled, other=%more)
  %tanh: ${t} = aten.tanh.default(self=%inner)
  %one: ${t} = aten.add.Tensor(self=%tanh, other=1)
  %y: ${t} = aten.mul.Tensor(self=%half, other=%one)`;

const HALF_LAST: Form = (x, t) => `
  %square: ${t} = aten.square.default(self=${x})
  %cube: ${t} = aten.mul.Tensor(self=%square, other=${x})
  %both: ${t} = aten.add.Tensor(self=${x}, other=%cube, alpha=0.044715)
  %inner: ${t} = aten.mul.Tensor(self=%both, other=0.7978845608028654)
  %tanh: ${t} = aten.tanh.default(self=%inner)
  %one: ${t} = aten.add.Tensor(self=%tanh, other=1)
  %whole: ${t} = aten.mul.Tensor(self=${x}, other=%one)
  %y: ${t} = aten.mul.Tensor(self=%whole, other=0.5)`;

/** What is left of the form, applied to the sum of two inputs. */
function normalized(form: Form, dtype = "float32[2, 3]"): string {
  const program = `
    input a: %a: ${dtype}
    input b: %b: ${dtype}
    %x: ${dtype} = aten.add.Tensor(self=%a, other=%b)
    ${form("%x", dtype)}
    output y: %y
  `;
  return printGraph(normalize(parseGraph(program)));
}

describe("GELU by tanh that is written out", () => {
  test.each([
    ["as GPT-2 does", NEW],
    ["as a product", FACTORED],
    ["with the half at the end", HALF_LAST],
  ])("%s becomes the operator", (_, form) => {
    expect(normalized(form)).toBe(`input a: %a: float32[2, 3]
input b: %b: float32[2, 3]
%x: float32[2, 3] = aten.add.Tensor(self=%a, other=%b, alpha=1)
%y: float32[2, 3] = aten.gelu.default(self=%x, approximate="tanh")
output y: %y
`);
  });

  test.each([
    ["another factor of the cube", NEW("%x", "float32[2, 3]").replace("0.044715", "0.0447")],
    ["another scale", NEW("%x", "float32[2, 3]").replace("0.7978845608028654", "0.79")],
    ["another half", NEW("%x", "float32[2, 3]").replace("other=0.5", "other=0.25")],
    ["another sum", NEW("%x", "float32[2, 3]").replace("other=1.0", "other=-1.0")],
    ["another power", NEW("%x", "float32[2, 3]").replace("exponent=3", "exponent=2")],
    ["another factor outside", NEW("%x", "float32[2, 3]").replace("self=%half", "self=%a")],
  ])("%s stays as it is", (_, text) => {
    expect(normalized(() => text)).toContain("aten.tanh");
  });

  test("fewer bits, of which each step rounds some off, stay as they are", () => {
    expect(normalized(NEW, "float16[2, 3]")).toContain("aten.tanh");
  });

  test("whole numbers, of which GELU is not defined, stay as they are", () => {
    const program = `
      input x: %x: int64[2, 3]
      ${NEW("%x", "float32[2, 3]").replace("%cube: float32", "%cube: int64")}
      output y: %y
    `;
    expect(printGraph(normalize(parseGraph(program)))).toContain("aten.tanh");
  });
});
