import { type Dim, formatShape } from "../../../core/index.ts";
import type { TensorType } from "../../types.ts";
import { broadcast } from "../broadcast.ts";
import { elementCount, smallest } from "../dim-math.ts";
import { asReal, type InferCall } from "../infer-call.ts";
import type { InferRule, InferRules } from "../infer-rule.ts";
import { tensor } from "../tensor.ts";
import { named } from "./pointwise.ts";
import { reducedShape } from "./reduction.ts";

type Shape = readonly Dim[];

const MATRIX_NAMES = ["A", "self", "input", "LU_data"];

function matrixOf(call: InferCall): TensorType {
  const name = MATRIX_NAMES.find((each) => call.isTensor(each)) ?? "self";
  const given = call.tensor(name);
  return given.shape.length < 2 ? call.refuse(given.shape, "a matrix or more of them") : given;
}

/** The sizes of a batch of matrices: those before the last two, rows, columns, and the smaller of both. */
function sizesOf({ shape }: TensorType) {
  const [rows = 1, columns = 1] = shape.slice(-2);
  return { batch: shape.slice(0, -2), rows, columns, least: smallest(rows, columns) };
}

const same: InferRule = (call) => {
  const { dtype, shape } = matrixOf(call);
  return tensor(dtype, shape);
};

const withInfo: InferRule = (call) => {
  const { dtype, shape } = matrixOf(call);
  return [tensor(dtype, shape), tensor("int32", shape.slice(0, -2))];
};

const ofBatch: InferRule = (call) => {
  const given = matrixOf(call);
  return tensor(given.dtype, sizesOf(given).batch);
};

const signAndLog: InferRule = (call) => {
  const given = matrixOf(call);
  const { batch } = sizesOf(given);
  return [tensor(given.dtype, batch), tensor(asReal(given.dtype), batch)];
};

/** Factors in one matrix, swaps of rows, and, where there is a third result, how it went. */
const compactFactors: InferRule = (call) => {
  const given = matrixOf(call);
  const { batch, least } = sizesOf(given);
  const results = [tensor(given.dtype, given.shape), tensor("int32", [...batch, least])];
  return call.name === "linalg_lu_factor" ? results : [...results, tensor("int32", batch)];
};

const lowerAndUpper: InferRule = (call) => {
  const given = matrixOf(call);
  const { batch, rows, columns, least } = sizesOf(given);
  const isWanted = (name: string) => !call.has(name) || call.boolean(name);
  const wanted = (name: string, shape: Shape) => tensor(given.dtype, isWanted(name) ? [...batch, ...shape] : [0]);
  return [
    wanted("unpack_pivots", [rows, rows]),
    wanted("unpack_data", [rows, least]),
    wanted("unpack_data", [least, columns]),
  ];
};

const MODES: Readonly<Record<string, "reduced" | "complete" | "r">> = { complete: "complete", r: "r" };

function qrMode(call: InferCall): "reduced" | "complete" | "r" {
  if (call.has("mode")) return MODES[call.string("mode")] ?? "reduced";
  return call.boolean("some") ? "reduced" : "complete";
}

const orthogonalAndUpper: InferRule = (call) => {
  const given = matrixOf(call);
  const { batch, rows, columns, least } = sizesOf(given);
  const mode = qrMode(call);
  const inner = mode === "complete" ? rows : least;
  const q = mode === "r" ? [0] : [...batch, rows, inner];
  return [tensor(given.dtype, q), tensor(given.dtype, [...batch, inner, columns])];
};

const reflections: InferRule = (call) => {
  const given = matrixOf(call);
  const { batch, least } = sizesOf(given);
  return [tensor(given.dtype, given.shape), tensor(given.dtype, [...batch, least])];
};

/** Of the right side, in the batch of both. */
function solutionShape(call: InferCall, matrix: Shape, right: Shape): Shape {
  return [...broadcast(call, [matrix.slice(0, -2), right.slice(0, -2)]), ...right.slice(-2)];
}

const solved =
  (matrixName: string, rightName: string): InferRule =>
  (call) => {
    const [matrix, right] = [call.tensor(matrixName), call.tensor(rightName)];
    return tensor(right.dtype, solutionShape(call, matrix.shape, right.shape));
  };

/** The right side is a batch of vectors where it has one axis less than the matrices and their sizes. */
const solvedWithInfo: InferRule = (call) => {
  const [a, b] = [call.tensor("A"), call.tensor("B")];
  const isVectors = b.shape.length === 1 || formatShape(b.shape) === formatShape(a.shape.slice(0, -1));
  const shape = isVectors ? b.shape : solutionShape(call, a.shape, b.shape);
  return [tensor(b.dtype, shape), tensor("int32", a.shape.slice(0, -2))];
};

const triangular: InferRule = (call) => {
  const [a, b] = [call.tensor("A"), call.tensor("self")];
  const shape = solutionShape(call, a.shape, b.shape);
  return [tensor(b.dtype, shape), tensor(a.dtype, [...shape.slice(0, -2), ...a.shape.slice(-2)])];
};

const likeRight =
  (name: string): InferRule =>
  (call) => {
    const { dtype, shape } = call.tensor(name);
    return tensor(dtype, shape);
  };

const singularValues: InferRule = (call) => {
  const given = matrixOf(call);
  const { batch, least } = sizesOf(given);
  return tensor(asReal(given.dtype), [...batch, least]);
};

const pseudoInverse: InferRule = (call) => {
  const given = matrixOf(call);
  const { batch, rows, columns } = sizesOf(given);
  return tensor(given.dtype, [...batch, columns, rows]);
};

const TOLERANCES = ["atol", "rtol", "tol", "rcond"];

/** One for each matrix, in the batch of the tolerances too. */
const rank: InferRule = (call) => {
  const { batch } = sizesOf(matrixOf(call));
  const tolerances = TOLERANCES.filter((name) => call.isTensor(name)).map((name) => call.tensor(name).shape);
  return tensor("int64", broadcast(call, [batch, ...tolerances]));
};

const condition: InferRule = (call) => {
  const given = matrixOf(call);
  return tensor(asReal(given.dtype), sizesOf(given).batch);
};

const tensorInverse: InferRule = (call) => {
  const { dtype, shape } = call.tensor("self");
  const split = call.int("ind");
  return tensor(dtype, [...shape.slice(split), ...shape.slice(0, split)]);
};

const tensorSolution: InferRule = (call) => {
  const [self, other] = [call.tensor("self"), call.tensor("other")];
  const moved = call.has("dims") ? call.givenAxes("dims", self.shape) : [];
  const order = [...self.shape.keys()].filter((axis) => !moved.includes(axis));
  const shape = [...order, ...moved].map((axis) => self.shape[axis] ?? 1);
  return tensor(self.dtype, shape.slice(other.shape.length));
};

const powers: InferRule = (call) => {
  const { dtype, shape } = call.tensor("x");
  const count = call.has("N") ? call.size("N") : (shape.at(-1) ?? 1);
  return tensor(dtype === "bool" ? "int64" : dtype, [...(shape.length === 0 ? [1] : shape), count]);
};

const vectorProduct: InferRule = (call) => {
  const [x, y] = [call.tensor("x"), call.tensor("y")];
  const shape = broadcast(call, [x.shape, y.shape]);
  return tensor(x.dtype, reducedShape(shape, [call.axis("dim", shape)], false));
};

const flatDiagonal: InferRule = (call) => {
  const { dtype, shape } = call.tensor("self");
  const length = elementCount([...shape, 1]);
  const offset = Math.abs(call.int("offset"));
  const size = typeof length === "number" ? length + offset : call.symbol("diagonal");
  return tensor(dtype, [size, size]);
};

export const FACTORIZATION: InferRules = {
  ...named(same, "cholesky linalg_cholesky cholesky_inverse linalg_householder_product matrix_exp"),
  ...named(withInfo, "linalg_cholesky_ex linalg_inv_ex"),
  logdet: ofBatch,
  ...named(signAndLog, "linalg_slogdet slogdet"),
  ...named(compactFactors, "linalg_lu_factor linalg_lu_factor_ex _lu_with_info"),
  ...named(lowerAndUpper, "linalg_lu lu_unpack"),
  ...named(orthogonalAndUpper, "linalg_qr qr"),
  geqrf: reflections,
  ormqr: likeRight("input3"),
  cholesky_solve: solved("input2", "self"),
  lu_solve: solved("LU_data", "self"),
  linalg_lu_solve: solved("LU", "B"),
  linalg_solve_triangular: solved("self", "B"),
  triangular_solve: triangular,
  linalg_solve_ex: solvedWithInfo,
  linalg_svdvals: singularValues,
  ...named(pseudoInverse, "linalg_pinv pinverse"),
  linalg_matrix_rank: rank,
  linalg_cond: condition,
  linalg_tensorinv: tensorInverse,
  linalg_tensorsolve: tensorSolution,
  linalg_vander: powers,
  linalg_vecdot: vectorProduct,
  diagflat: flatDiagonal,
};
