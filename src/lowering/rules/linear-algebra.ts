import type { Attributes } from "../attributes.ts";
import { float } from "../attributes.ts";
import type { Call } from "../call.ts";
import type { Emitter } from "../emitter.ts";
import type { Operand, ShapedOperand } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";
import { reshape, reshapeTo, sizeOf, swapAxes, unsqueeze } from "../shaping.ts";
import { reduce } from "./reduction.ts";

function times(emit: Emitter, operand: Operand, factor: number): Operand {
  return factor === 1 ? operand : emit.op("Mul", [operand, emit.like(operand, factor)]);
}

/** `rows · matrix + bias` of floats, with the matrix as it lies: nothing is transposed when the model is loaded. */
function multiply(emit: Emitter, rows: Operand, matrix: Operand, bias?: Operand, attributes: Attributes = {}): Operand {
  const source = emit.untransposed(matrix);
  const inputs = [rows, source ?? matrix, ...(bias ? [bias] : [])];
  return emit.op("Gemm", inputs, { ...attributes, transB: source ? 1 : 0 });
}

/** Further axes of the input are rows like the others. */
function multiplyRows(emit: Emitter, call: Call, input: ShapedOperand, weight: ShapedOperand): Operand {
  const [out, features] = [
    call.known(weight.shape[0], "a size of the weight"),
    call.known(weight.shape[1], "a size of the weight"),
  ];
  const rows = reshapeTo(emit, input, [-1, features]);
  const product = multiply(emit, rows, swapAxes(emit, weight, 2, 0, 1), call.optionalTensor("bias"));
  const leading = () => input.shape.slice(0, -1).map((_, axis) => sizeOf(emit, input, axis));
  return reshape(emit, { ...product, shape: [] }, call.shape, () => [...leading(), out]);
}

/** The native kernels leave a product of no terms as it lies in memory. */
function ofNoTerms(emit: Emitter, call: Call, name: string): Operand | undefined {
  if (call.tensor(name).shape.at(-1) !== 0) return undefined;
  const sizes = call.shape.map((size) => call.known(size, "the size of the product"));
  return emit.op("Expand", [emit.constant(call.dtype, 0), emit.int64s(sizes)]);
}

/** The weight lies as (out, in). */
const linear: Rule = (emit, call) => {
  const [input, weight, bias] = [call.tensor("input"), call.tensor("weight"), call.optionalTensor("bias")];
  const isEmpty = [...input.shape, ...weight.shape].includes(0);
  const fitsGemm = emit.isFloating(input) && weight.shape.length === 2 && !isEmpty;
  if (fitsGemm && input.shape.length > 2) return multiplyRows(emit, call, input, weight);
  const matrix = weight.shape.length < 2 ? weight : swapAxes(emit, weight, 2, 0, 1);
  if (fitsGemm && input.shape.length === 2) return multiply(emit, input, matrix, bias);
  const product = ofNoTerms(emit, call, "input") ?? emit.op("MatMul", [input, matrix]);
  return bias ? emit.op("Add", [product, bias]) : product;
};

/** Of two matrices. */
const matrixProduct: Rule = (emit, call) => {
  const nothing = ofNoTerms(emit, call, "self");
  if (nothing) return nothing;
  const [first, second] = [call.operand("self"), call.operand("mat2")];
  const isGemm = emit.isFloating(first) && emit.untransposed(second) && !call.tensor("self").shape.includes(0);
  return isGemm ? multiply(emit, first, second) : emit.op("MatMul", [first, second]);
};

function product(first: string, second: string): Rule {
  return (emit, call) => ofNoTerms(emit, call, first) ?? emit.op("MatMul", [call.operand(first), call.operand(second)]);
}

/** `beta · self + alpha · product`; a beta of 0 ignores what is in self. */
function added(emit: Emitter, call: Call, product: Operand): Operand {
  const factor = (name: string) => (emit.isFloating(product) ? call.number(name) : Math.trunc(call.number(name)));
  const scaled = times(emit, product, factor("alpha"));
  const beta = factor("beta");
  return beta === 0 ? scaled : emit.op("Add", [times(emit, call.operand("self"), beta), scaled]);
}

/** Gemm where there is a kernel; it forgets beta when there is nothing to multiply. */
const addMatrixProduct: Rule = (emit, call) => {
  const [self, first, second] = [call.operand("self"), call.operand("mat1"), call.operand("mat2")];
  const nothing = ofNoTerms(emit, call, "mat1");
  if (nothing || !emit.isFloating(self)) return added(emit, call, nothing ?? emit.op("MatMul", [first, second]));
  const [alpha, beta] = [call.number("alpha"), call.number("beta")];
  const attributes = { alpha: float(alpha), beta: float(beta) };
  return multiply(emit, first, second, beta === 0 ? undefined : self, attributes);
};

function addProduct(first: string, second: string): Rule {
  return (emit, call) => added(emit, call, product(first, second)(emit, call) as Operand);
}

const addBatchSum: Rule = (emit, call) => {
  const products = emit.op("MatMul", [call.operand("batch1"), call.operand("batch2")]);
  return added(emit, call, reduce(emit, "ReduceSum", products, { axes: [0], keepdims: false }));
};

/** For how many axes the widest ellipsis stands. */
function ellipsisRank(terms: string, operands: readonly ShapedOperand[]): number {
  const names = terms.split(",").map((term) => term.replace("...", "").length);
  return Math.max(...operands.map(({ shape }, i) => shape.length - (names[i] ?? 0)));
}

/** Adds axes of size 1 where the ellipses of all operands do not stand for equally many. */
function withEqualEllipses(emit: Emitter, equation: string, operands: readonly ShapedOperand[]): readonly Operand[] {
  const terms = equation.split("->")[0]?.split(",") ?? [];
  const ranks = operands.map(({ shape }, i) => shape.length - (terms[i] ?? "").replace("...", "").length);
  const most = Math.max(...ranks);
  return operands.map((operand, i) => {
    const [place, rank] = [terms[i]?.indexOf("...") ?? -1, ranks[i] ?? 0];
    if (place < 0 || rank === most) return operand;
    return unsqueeze(emit, operand, ...Array.from({ length: most - rank }, (_, k) => place + k));
  });
}

/** An ellipsis that the result lacks is summed over. */
const einsum: Rule = (emit, call) => {
  const equation = call.string("equation").replaceAll(" ", "");
  const operands = call.tensors("tensors").map((tensor) => emit.cast(tensor, call.dtype));
  const ellipses = withEqualEllipses(emit, equation, operands);
  const [terms = "", result] = equation.split("->");
  if (result === undefined || result.includes("...") || !terms.includes("...")) {
    return emit.op("Einsum", ellipses, { equation });
  }
  const whole = emit.op("Einsum", ellipses, { equation: `${terms}->...${result}` });
  const axes = Array.from({ length: ellipsisRank(terms, operands) }, (_, i) => i);
  return reduce(emit, "ReduceSum", whole, { axes, keepdims: false });
};

const outer: Rule = (emit, call) =>
  emit.op("Mul", [unsqueeze(emit, call.operand("self"), 1), call.operand(call.has("vec2") ? "vec2" : "other")]);

export const LINEAR_ALGEBRA: RuleTable = {
  "aten.linear.default": linear,
  "aten.matmul.default": product("self", "other"),
  "aten.mm.default": matrixProduct,
  "aten.bmm.default": product("self", "mat2"),
  "aten.mv.default": product("self", "vec"),
  "aten.dot.default": product("self", "tensor"),
  "aten.addmm.default": addMatrixProduct,
  "aten.addmv.default": addProduct("mat", "vec"),
  "aten.baddbmm.default": addProduct("batch1", "batch2"),
  "aten.addbmm.default": addBatchSum,
  "aten.einsum.default": einsum,
  "aten.outer.default": outer,
};
