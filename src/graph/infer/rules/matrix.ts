import { type Dim, formatShape } from "../../../core/index.ts";
import type { TensorType } from "../../types.ts";
import { broadcast, requireSame } from "../broadcast.ts";
import type { InferCall } from "../infer-call.ts";
import type { InferRule, InferRules } from "../infer-rule.ts";
import { fresh, tensor } from "../tensor.ts";
import { named } from "./pointwise.ts";

type Shape = readonly Dim[];

/** Matrices are multiplied in one dtype. */
export function requireDType(call: InferCall, a: TensorType, ...others: readonly TensorType[]): void {
  const other = others.find(({ dtype }) => dtype !== a.dtype);
  if (other !== undefined) call.refuseDType(other.dtype, `operands of one dtype, such as ${a.dtype}`);
}

/** As `torch.matmul`: a vector stands for a matrix of one row on the left, of one column on the right. */
export function matmulShape(call: InferCall, a: Shape, b: Shape): Shape {
  if (a.length === 0 || b.length === 0) return call.refuse([], "tensors with axes");
  const left = a.length === 1 ? [1, ...a] : a;
  const right = b.length === 1 ? [...b, 1] : b;
  const [rows = 1, inner = 1] = left.slice(-2);
  const [outer = 1, columns = 1] = right.slice(-2);
  requireSame(call, inner, outer, a, `[…, n, k] for ${formatShape(b)}`);
  const batch = broadcast(call, [left.slice(0, -2), right.slice(0, -2)]);
  return [...batch, ...(a.length === 1 ? [] : [rows]), ...(b.length === 1 ? [] : [columns])];
}

function pair(call: InferCall, first: string, second: string): readonly [TensorType, TensorType] {
  const [a, b] = [call.tensor(first), call.tensor(second)];
  requireDType(call, a, b);
  return [a, b];
}

function multiplied(first: string, second: string, rankA: number, rankB: number): InferRule {
  return (call) => {
    const [a, b] = pair(call, first, second);
    if (a.shape.length !== rankA) return call.refuse(a.shape, `a tensor of ${rankA} axes`);
    if (b.shape.length !== rankB) return call.refuse(b.shape, `a tensor of ${rankB} axes`);
    return fresh(call.dtype("out_dtype") ?? a.dtype, matmulShape(call, a.shape, b.shape));
  };
}

/** A product of few axes by many is computed transposed. */
const matmul: InferRule = (call) => {
  const [a, b] = pair(call, "self", "other");
  const order = a.shape.length >= b.shape.length ? true : undefined;
  return tensor(a.dtype, matmulShape(call, a.shape, b.shape), order);
};

/** The addend is broadcast to the product. */
function added(product: InferRule): InferRule {
  return (call) => {
    const result = product(call) as TensorType;
    const { shape } = call.tensor("self");
    const sum = broadcast(call, [shape, result.shape]);
    return sum.length === result.shape.length ? result : call.refuse(shape, `what fits ${formatShape(result.shape)}`);
  };
}

const linear: InferRule = (call) => {
  const [input, weight] = pair(call, "input", "weight");
  const [out, inner] = weight.shape.length === 1 ? [undefined, weight.shape[0]] : weight.shape;
  const size = input.shape.at(-1);
  if (size === undefined || inner === undefined) return call.refuse(input.shape, "a tensor with axes");
  requireSame(call, size, inner, input.shape, `[…, ${formatShape([inner]).slice(1)}`);
  return fresh(input.dtype, [...input.shape.slice(0, -1), ...(out === undefined ? [] : [out])]);
};

const bilinear: InferRule = (call) => {
  const [a, b] = pair(call, "input1", "input2");
  const [out = 1] = call.tensor("weight").shape;
  const batch = broadcast(call, [a.shape.slice(0, -1), b.shape.slice(0, -1)]);
  return fresh(a.dtype, [...batch, out]);
};

const outer: InferRule = (call) => {
  const second = call.has("vec2") ? "vec2" : "other";
  const [a, b] = [call.tensor("self"), call.tensor(second)];
  if (a.shape.length !== 1 || b.shape.length !== 1) return call.refuse(a.shape, "two vectors");
  return fresh(call.promoted("self", second), [...a.shape, ...b.shape]);
};

const sumOfProducts = added((call) => {
  const [a, b] = pair(call, "batch1", "batch2");
  return fresh(a.dtype, matmulShape(call, a.shape, b.shape).slice(1));
});

/** Sums of 8-bit integers. */
const integerProduct: InferRule = (call) => {
  const [a, b] = [call.tensor("self"), call.tensor("mat2")];
  return fresh("int32", matmulShape(call, a.shape, b.shape));
};

const mm = multiplied("self", "mat2", 2, 2);
const bmm = multiplied("self", "mat2", 3, 3);

export const MATRIX: InferRules = {
  ...named(matmul, "matmul linalg_matmul"),
  mm,
  bmm,
  _int_mm: integerProduct,
  mv: multiplied("self", "vec", 2, 1),
  dot: multiplied("self", "tensor", 1, 1),
  vdot: multiplied("self", "other", 1, 1),
  ...named(added(multiplied("mat1", "mat2", 2, 2)), "addmm _addmm_activation"),
  addmv: added(multiplied("mat", "vec", 2, 1)),
  baddbmm: added(multiplied("batch1", "batch2", 3, 3)),
  addbmm: sumOfProducts,
  linear,
  bilinear,
  ...named(outer, "outer ger"),
};
