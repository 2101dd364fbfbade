import type { Argument, Value } from "../types.ts";
import { type ComplexRule, type ComplexRules, each } from "./complex-rule.ts";

/** A product of matrices or vectors by four real ones. */
function matrixProduct(second: string): ComplexRule {
  return (call) => {
    const [a, b] = [call.parts("self"), call.parts(second)];
    if (!a || !b) return undefined;
    const { math } = call;
    const times = (x: Value, y: Value) =>
      math.call(call.node.target, { self: { value: x }, [second]: { value: y } }, math.result);
    return {
      real: math.sub(times(a.real, b.real), times(a.imaginary, b.imaginary)),
      imaginary: math.add(times(a.real, b.imaginary), times(a.imaginary, b.real)),
    };
  };
}

const linear: ComplexRule = (call) => {
  const [input, weight, bias] = [call.parts("input"), call.parts("weight"), call.parts("bias")];
  if (!input || !weight || (call.has("bias") && !bias)) return undefined;
  const { math } = call;
  const times = (x: Value, y: Value, added?: Value) => {
    const args = { input: { value: x }, weight: { value: y }, bias: added ? { value: added } : null };
    return math.call("aten.linear.default", args, math.result);
  };
  return {
    real: math.sub(times(input.real, weight.real, bias?.real), times(input.imaginary, weight.imaginary)),
    imaginary: math.add(times(input.real, weight.imaginary, bias?.imaginary), times(input.imaginary, weight.real)),
  };
};

/** Of one or two tensors. */
const einsum: ComplexRule = (call) => {
  const tensors = call.argument("tensors");
  const operands = Array.isArray(tensors) ? tensors.map((arg: Argument) => call.partsOf(arg)) : [];
  const [a, b, ...more] = operands;
  if (!a || more.length > 0 || operands.includes(undefined)) return undefined;
  const { math } = call;
  const sum = (...values: readonly Value[]) => {
    const args = { equation: call.argument("equation"), tensors: values.map((value) => ({ value })), path: null };
    return math.call("aten.einsum.default", args, math.result);
  };
  if (!b) return { real: sum(a.real), imaginary: sum(a.imaginary) };
  return {
    real: math.sub(sum(a.real, b.real), sum(a.imaginary, b.imaginary)),
    imaginary: math.add(sum(a.real, b.imaginary), sum(a.imaginary, b.real)),
  };
};

export const MATRIX: ComplexRules = {
  ...each("matmul.default", matrixProduct("other")),
  ...each("mm.default bmm.default", matrixProduct("mat2")),
  ...each("einsum.default", einsum),
  ...each("mv.default", matrixProduct("vec")),
  ...each("outer.default", matrixProduct("vec2")),
  ...each("dot.default", matrixProduct("tensor")),
  ...each("linear.default", linear),
};
