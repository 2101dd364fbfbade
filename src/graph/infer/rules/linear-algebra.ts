import { type Dim, formatShape } from "../../../core/index.ts";
import { broadcast } from "../broadcast.ts";
import { elementCount, floorDivide, plus, times } from "../dim-math.ts";
import { asFloat, asReal, asSum, type InferCall } from "../infer-call.ts";
import type { InferRule, InferRules } from "../infer-rule.ts";
import { fresh, tensor } from "../tensor.ts";
import { matmulShape, requireDType } from "./matrix.ts";
import { diagonalLength } from "./pieces.ts";
import { elementwise, named } from "./pointwise.ts";
import { reducedShape } from "./reduction.ts";

type Shape = readonly Dim[];

function matrix(call: InferCall) {
  const self = call.tensor(call.has("self") ? "self" : "A");
  if (self.shape.length < 2) call.refuse(self.shape, "a matrix or more of them");
  return self;
}

const ofMatrices =
  (shapeOf: (shape: Shape) => Shape): InferRule =>
  (call) => {
    const { dtype, shape } = matrix(call);
    return tensor(dtype, shapeOf(shape));
  };

const eigenvalues: InferRule = (call) => {
  const { dtype, shape } = matrix(call);
  return fresh(asReal(dtype), shape.slice(0, -1));
};

const eigenpairs: InferRule = (call) => {
  const { dtype, shape } = matrix(call);
  return [fresh(asReal(dtype), shape.slice(0, -1)), tensor(dtype, shape)];
};

const matrixNorm: InferRule = (call) => {
  const { dtype, shape } = matrix(call);
  const axes = call.givenAxes("dim", shape);
  return fresh(call.dtype() ?? asReal(dtype), reducedShape(shape, axes, call.boolean("keepdim")));
};

/** The right side is a batch of vectors where it has one axis less than the matrices and their sizes. */
const solved: InferRule = (call) => {
  const [a, b] = [matrix(call), call.tensor("B")];
  requireDType(call, a, b);
  const isVectors = b.shape.length === 1 || formatShape(b.shape) === formatShape(a.shape.slice(0, -1));
  if (isVectors) return tensor(a.dtype, b.shape);
  const batch = broadcast(call, [a.shape.slice(0, -2), b.shape.slice(0, -2)]);
  return tensor(a.dtype, [...batch, ...b.shape.slice(-2)]);
};

const crossed: InferRule = (call) => elementwise(call, call.promoted("self", "other"), ["self", "other"]);

/** Every product of two elements, next to those of its neighbours. */
const kronecker: InferRule = (call) => {
  const [a, b] = [call.tensor("self").shape, call.tensor("other").shape];
  const rank = Math.max(a.length, b.length);
  const at = (shape: Shape, axis: number) => shape[axis - rank + shape.length] ?? 1;
  const shape = Array.from({ length: rank }, (_, axis) => times(at(a, axis), at(b, axis)));
  return tensor(call.promoted("self", "other"), shape);
};

const inner: InferRule = (call) => {
  const [a, b] = [call.tensor("self"), call.tensor("other")];
  if (a.shape.length === 0 || b.shape.length === 0) return elementwise(call, a.dtype);
  return tensor(a.dtype, [...a.shape.slice(0, -1), ...b.shape.slice(0, -1)]);
};

const chained =
  (name: string): InferRule =>
  (call) => {
    const [first, ...rest] = call.tensors(name);
    if (!first) return call.refuse([], "one matrix or more");
    requireDType(call, first, ...rest);
    const shape = rest.reduce<Shape>((product, next) => matmulShape(call, product, next.shape), first.shape);
    return tensor(first.dtype, shape);
  };

const traced: InferRule = (call) => fresh(asSum(matrix(call).dtype), []);

const rankOneAdded: InferRule = (call) => {
  const shape = [call.tensor("vec1").shape[0] ?? 1, call.tensor("vec2").shape[0] ?? 1];
  return tensor(call.promoted("self", "vec1", "vec2"), broadcast(call, [shape, call.tensor("self").shape]));
};

const distances: InferRule = (call) => {
  const [a, b] = [call.tensor("x1"), call.tensor("x2")];
  const batch = broadcast(call, [a.shape.slice(0, -2), b.shape.slice(0, -2)]);
  return fresh(a.dtype, [...batch, a.shape.at(-2) ?? 1, b.shape.at(-2) ?? 1]);
};

const ownDistances: InferRule = (call) => {
  const { dtype, shape } = matrix(call);
  const [rows = 1] = shape;
  return fresh(dtype, [floorDivide(times(rows, plus(rows, -1)), 2)]);
};

const distance: InferRule = (call) => fresh(asReal(asFloat(call.promoted("self", "other"))), []);

/** A vector becomes a matrix, of a matrix the diagonal is taken. */
const diag: InferRule = (call) => {
  const { dtype, shape } = call.tensor("self");
  const [rows = 1, columns] = shape;
  const offset = call.int("diagonal");
  if (columns !== undefined) return fresh(dtype, [diagonalLength(rows, columns, offset)]);
  const size = plus(rows, Math.abs(offset));
  return fresh(dtype, [size, size]);
};

const diagonalEmbedded: InferRule = (call) => {
  const { dtype, shape } = call.tensor("self");
  const all = [...shape, 1];
  const [first, second] = [call.axis("dim1", all), call.axis("dim2", all)];
  const size = plus(shape.at(-1) ?? 1, Math.abs(call.int("offset")));
  const rest = shape.slice(0, -1);
  const [low, high] = [Math.min(first, second), Math.max(first, second)];
  return fresh(dtype, rest.toSpliced(low, 0, size).toSpliced(high, 0, size));
};

const blocks: InferRule = (call) => {
  const shapes = call.tensors("tensors").map(({ shape }) => (shape.length === 2 ? shape : [1, shape[0] ?? 1]));
  const total = (axis: number) => plus(0, ...shapes.map((shape) => shape[axis] ?? 1));
  return fresh(call.promoted("tensors"), [total(0), total(1)]);
};

const powers: InferRule = (call) => {
  const { dtype, shape } = call.tensor("x");
  return tensor(asSum(dtype), [...shape, call.has("N") ? call.size("N") : (shape[0] ?? 1)]);
};

/** Between variables, which are rows. */
const covariance: InferRule = (call) => {
  const { shape } = call.tensor("self");
  const dtype = asFloat(call.promoted("self", "aweights"));
  const [variables = 1] = shape.length < 2 ? [] : shape;
  return tensor(dtype, variables === 1 ? [] : [variables, variables]);
};

const products: InferRule = (call) => {
  const tensors = call.tensors("tensors");
  const sizes = tensors.map(({ shape }) => shape[0] ?? 1);
  const count = elementCount(sizes);
  return tensor(tensors[0]?.dtype ?? "float32", tensors.length === 1 ? [count] : [count, tensors.length]);
};

export const LINEAR_ALGEBRA: InferRules = {
  ...named(
    ofMatrices((shape) => shape),
    "linalg_inv inverse linalg_matrix_power matrix_power",
  ),
  ...named(
    ofMatrices((shape) => shape.slice(0, -2)),
    "linalg_det det",
  ),
  linalg_eigvalsh: eigenvalues,
  linalg_eigh: eigenpairs,
  linalg_matrix_norm: matrixNorm,
  linalg_solve: solved,
  ...named(crossed, "cross linalg_cross"),
  kron: kronecker,
  inner,
  chain_matmul: chained("matrices"),
  linalg_multi_dot: chained("tensors"),
  trace: traced,
  addr: rankOneAdded,
  ...named(distances, "cdist _cdist_forward"),
  ...named(ownDistances, "pdist _pdist_forward"),
  dist: distance,
  diag,
  diag_embed: diagonalEmbedded,
  block_diag: blocks,
  vander: powers,
  ...named(covariance, "cov corrcoef"),
  cartesian_prod: products,
};
