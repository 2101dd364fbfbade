import { DTYPES, type DType } from "../../core/index.ts";
import { type Call, normalizeAxis } from "../call.ts";
import type { Emitter } from "../emitter.ts";
import { Formula } from "../formula.ts";
import type { Operand, ShapedOperand } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";
import { slice, squeeze, unsqueeze } from "../shaping.ts";
import { inverseOf } from "./linear-solve.ts";
import {
  identity,
  lowerPart,
  type Matrix,
  matrixOf,
  namedMatrix,
  transposed,
  transposedMatrix,
  unlessEmpty,
} from "./matrix.ts";
import { vectorNormOf } from "./norm.ts";
import { reduce } from "./reduction.ts";

/** After this many rounds over all pairs of columns no column leans on another in float64. */
const SWEEPS = 8;

/** Columns in two rows: each above is turned against the one below it. */
interface Pairs {
  readonly above: Operand;
  readonly below: Operand;
}

function columnDots(emit: Emitter, a: Operand, b: Operand, height: number): Operand {
  const product = slice(emit, emit.op("Mul", [a, b]), -2, 0, height);
  return emit.op("ReduceSum", [product, emit.int64s([-2])], { keepdims: 1 });
}

/** Turns each pair of columns, of whose first `height` rows the products count, until they are at right angles. */
function turn(f: Formula, { above, below }: Pairs, height: number): Pairs {
  const { emit } = f;
  const [a, b] = [columnDots(emit, above, above, height), columnDots(emit, below, below, height)];
  const c = columnDots(emit, above, below, height);
  const isDone = f.equal(c, 0);
  const zeta = f.div(f.sub(b, a), f.mul(f.where(isDone, 1, c), 2));
  const size = f.div(1, f.add(f.abs(zeta), f.sqrt(f.add(f.square(zeta), 1))));
  const tangent = f.where(isDone, 0, f.where(f.less(zeta, 0), f.neg(size), size));
  const cosine = f.div(1, f.sqrt(f.add(f.square(tangent), 1)));
  const sine = f.mul(cosine, tangent);
  return {
    above: f.sub(f.mul(cosine, above), f.mul(sine, below)),
    below: f.add(f.mul(sine, above), f.mul(cosine, below)),
  };
}

/** Moves all columns but the first by one place round the two rows, so that others meet. */
function advance(emit: Emitter, { above, below }: Pairs, half: number): Pairs {
  const all = emit.op("Concat", [above, below], { axis: -1 });
  const top = [0, half, ...Array.from({ length: Math.max(0, half - 2) }, (_, i) => i + 1)];
  const bottom = [...Array.from({ length: half - 1 }, (_, i) => half + 1 + i), half - 1];
  const take = (places: readonly number[]) =>
    emit.op("Gather", [all, emit.constant("int64", places, [places.length])], { axis: -1 });
  return half === 1 ? { above, below } : { above: take(top), below: take(bottom) };
}

/** The columns of a matrix turned to right angles of each other (Jacobi), with what lies below `height` turned alike. */
function orthogonalColumns(emit: Emitter, { operand, columns }: Matrix, height: number): Operand {
  const f = new Formula(emit);
  const isOdd = columns % 2 === 1;
  const padding = f.mul(slice(emit, operand, -1, 0, 1), 0);
  const even = isOdd ? emit.op("Concat", [operand, padding], { axis: -1 }) : operand;
  const half = Math.ceil(columns / 2);
  let pairs: Pairs = { above: slice(emit, even, -1, 0, half), below: slice(emit, even, -1, half, 2 * half) };
  for (let round = 0; round < SWEEPS * (2 * half - 1); round++) {
    pairs = advance(emit, turn(f, pairs, height), half);
  }
  return emit.op("Concat", [pairs.above, pairs.below], { axis: -1 });
}

/** A matrix with no more columns than rows has as many singular values as columns. */
function tall(emit: Emitter, matrix: Matrix, rank: number): Matrix {
  return matrix.columns > matrix.rows ? transposedMatrix(emit, matrix, rank) : matrix;
}

function descending(emit: Emitter, values: Operand, count: number): Operand {
  const [sorted] = emit.ops("TopK", [values, emit.int64s([count])], { axis: -1, largest: 1 }, 2);
  return sorted ?? values;
}

/** The greatest first. */
export function singularValues(emit: Emitter, given: Matrix, rank: number): Operand {
  const f = new Formula(emit);
  const matrix = tall(emit, given, rank);
  const columns = orthogonalColumns(emit, matrix, matrix.rows);
  const norms = f.sqrt(emit.op("ReduceSum", [f.square(columns), emit.int64s([-2])], { keepdims: 0 }));
  return descending(emit, norms, matrix.columns);
}

const svdValues: Rule = (emit, call) =>
  singularValues(emit, namedMatrix(emit, call, "A"), call.tensor("A").shape.length);

/** The columns of A·V over those of V, where V turns A's columns to right angles. */
function withTurns(emit: Emitter, matrix: Matrix): { image: Operand; turns: Operand } {
  const { operand, rows, columns } = matrix;
  const stacked = emit.op("Concat", [operand, identityBelow(emit, operand, columns)], { axis: -2 });
  const turned = orthogonalColumns(emit, { operand: stacked, rows: rows + columns, columns }, rows);
  return { image: slice(emit, turned, -2, 0, rows), turns: slice(emit, turned, -2, rows, rows + columns) };
}

function identityBelow(emit: Emitter, like: Operand, size: number): Operand {
  const f = new Formula(emit);
  const row = f.mul(slice(emit, like, -2, 0, 1), 0);
  const column = emit.constant("float64", Array<number>(size).fill(0), [size, 1]);
  return identity(emit, f.add(row, column), size);
}

/** Of symmetric matrices of which the given half is read, in rising order. */
const eigenvaluesOfSymmetric: Rule = (emit, call) => {
  const name = call.has("A") ? "A" : "self";
  const { values, isReal } = symmetricEigenvalues(emit, call, name);
  const f = new Formula(emit);
  const count = call.known(call.tensor(name).shape.at(-1), "the size of a matrix");
  const sorted = descending(emit, f.where(isReal, f.neg(values), Number.NEGATIVE_INFINITY), count);
  return f.neg(sorted);
};

/** The symmetric matrix of which one half is given. */
function symmetric(emit: Emitter, matrix: Matrix, rank: number, isUpper: boolean): Matrix {
  const half = lowerPart(emit, isUpper ? transposed(emit, matrix.operand, rank) : matrix.operand);
  const strict = transposed(emit, lowerPart(emit, half, -1), rank);
  return { ...matrix, operand: emit.op("Add", [half, strict]) };
}

function symmetricIfSaid(emit: Emitter, call: Call, matrix: Matrix, rank: number): Matrix {
  return call.boolean("hermitian") ? symmetric(emit, matrix, rank, false) : matrix;
}

/** `isReal` tells the values from that of a column that was added to make their number even. */
function symmetricEigenvalues(emit: Emitter, call: Call, name: string): { values: Operand; isReal: Operand } {
  const f = new Formula(emit);
  const rank = call.tensor(name).shape.length;
  const isUpper = call.has("UPLO") && call.string("UPLO").toUpperCase() === "U";
  const { image, turns } = withTurns(emit, symmetric(emit, namedMatrix(emit, call, name), rank, isUpper));
  const sum = (terms: Operand) => emit.op("ReduceSum", [terms, emit.int64s([-2])], { keepdims: 0 });
  return { values: sum(f.mul(image, turns)), isReal: f.greater(sum(f.square(turns)), 0.5) };
}

const EPSILONS: Readonly<Partial<Record<DType, number>>> = { float32: 2 ** -23, float64: 2 ** -52 };

/** Singular values that are not above this count as 0. */
function threshold(emit: Emitter, call: Call, { rows, columns }: Matrix, greatest: Operand, dtype: DType): Operand {
  const f = new Formula(emit);
  const value = (name: string) => (call.has(name) ? tolerance(emit, call, name) : undefined);
  if (call.has("tol")) return unlessScalar(f, tolerance(emit, call, "tol"), greatest);
  const [atol, given] = [value("atol"), value("rtol") ?? value("rcond")];
  const fallback = (EPSILONS[dtype] ?? 0) * Math.max(rows, columns);
  const rtol = given ?? fallbackTolerance(f, atol, fallback);
  const relative = f.mul(greatest, rtol);
  return atol ? f.max(atol, relative) : relative;
}

function unlessScalar(f: Formula, value: Operand, like: Operand): Operand {
  return f.add(f.mul(like, 0), value);
}

/** An absolute tolerance that is given puts the relative one to 0. */
function fallbackTolerance(f: Formula, atol: Operand | undefined, fallback: number): Operand {
  const constant = f.emit.constant("float64", fallback);
  return atol ? f.where(f.greater(atol, 0), 0, constant) : constant;
}

/** One for each matrix, with an axis of size 1 for its values. */
function tolerance(emit: Emitter, call: Call, name: string): Operand {
  const given = call.operand(name, "float64");
  if (call.isNumber(name)) return given;
  const { shape } = call.tensor(name);
  return shape.length === 0 ? given : unsqueeze(emit, given, shape.length);
}

function dtypeOf(call: Call, name: string): DType {
  const { dtype } = call.tensor(name);
  return DTYPES[dtype].category === "float" ? dtype : "float32";
}

const matrixRank: Rule = (emit, call) => {
  const f = new Formula(emit);
  const name = call.has("input") ? "input" : "self";
  const rank = call.tensor(name).shape.length;
  if (call.tensor(name).shape.slice(-2).includes(0)) return zeroRank(emit, call);
  const matrix = symmetricIfSaid(emit, call, namedMatrix(emit, call, name), rank);
  const values = singularValues(emit, matrix, rank);
  const limit = threshold(emit, call, matrix, slice(emit, values, -1, 0, 1), dtypeOf(call, name));
  const counts = emit.cast(f.greater(values, limit), "int64");
  return emit.op("ReduceSum", [counts, emit.int64s([-1])], { keepdims: 0 });
};

function zeroRank(emit: Emitter, call: Call): Operand {
  const sizes = call.shape.map((size) => call.known(size, "the size of the batch"));
  return emit.op("Expand", [emit.int64(0), emit.int64s(sizes)]);
}

/** V · diag(1/s²) · (A·V)ᵀ, without what counts as 0. */
const pseudoInverse: Rule = (emit, call) => {
  const f = new Formula(emit);
  const self = call.tensor("self");
  const rank = self.shape.length;
  const given = call.has("hermitian")
    ? symmetricIfSaid(emit, call, matrixOf(emit, call, self), rank)
    : matrixOf(emit, call, self);
  const matrix = tall(emit, given, rank);
  const { image, turns } = withTurns(emit, matrix);
  const squares = emit.op("ReduceSum", [f.square(image), emit.int64s([-2])], { keepdims: 1 });
  const values = f.sqrt(squares);
  const greatest = emit.op("ReduceMax", [values, emit.int64s([-1])], { keepdims: 1 });
  const limit = threshold(emit, call, given, squeeze(emit, greatest, -1), dtypeOf(call, "self"));
  const counts = f.greater(values, emit.op("Unsqueeze", [limit, emit.int64s([-1])]));
  const scaled = f.where(counts, f.div(turns, f.where(counts, squares, 1)), 0);
  const found = emit.op("MatMul", [scaled, transposed(emit, image, rank)]);
  return given.columns > given.rows ? transposed(emit, found, rank) : found;
};

/** How a norm of matrices is made of sums over one axis, or of singular values. */
interface Norm {
  readonly kind: "sums" | "values";
  readonly reduce: "ReduceMax" | "ReduceMin" | "ReduceSum";
  /** For sums, the axis that is summed first. */
  readonly first?: "rows" | "columns";
}

const NORMS: Readonly<Record<string, Norm>> = {
  "1": { kind: "sums", reduce: "ReduceMax", first: "rows" },
  "-1": { kind: "sums", reduce: "ReduceMin", first: "rows" },
  Infinity: { kind: "sums", reduce: "ReduceMax", first: "columns" },
  "-Infinity": { kind: "sums", reduce: "ReduceMin", first: "columns" },
  "2": { kind: "values", reduce: "ReduceMax" },
  "-2": { kind: "values", reduce: "ReduceMin" },
  nuc: { kind: "values", reduce: "ReduceSum" },
};

/** The norms of matrices in the last two axes, without them. */
function matrixNorm(emit: Emitter, call: Call, input: ShapedOperand, order: string): Operand {
  const f = new Formula(emit);
  if (input.shape.slice(-2).includes(0)) {
    const sizes = input.shape.slice(0, -2).map((size) => call.known(size, "the size of the batch"));
    return emit.op("Expand", [emit.like(input, 0), emit.int64s(sizes)]);
  }
  if (order === "fro") return reduce(emit, "ReduceL2", input, { axes: [-2, -1], keepdims: false });
  const norm = NORMS[order] ?? call.refuse(`the norm ${order}`);
  if (norm.kind === "values") {
    const values = singularValues(emit, matrixOf(emit, call, input), input.shape.length);
    return emit.op(norm.reduce, [values, emit.int64s([-1])], { keepdims: 0 });
  }
  const axis = norm.first === "rows" ? -2 : -1;
  const sums = emit.op("ReduceSum", [f.abs(input), emit.int64s([axis])], { keepdims: 0 });
  return emit.op(norm.reduce, [sums, emit.int64s([-1])], { keepdims: 0 });
}

/** Norms over two axes, which may lie anywhere. */
function normOver(emit: Emitter, call: Call, axes: readonly number[], order: string): Operand {
  const self = call.tensor("self");
  const rank = self.shape.length;
  const [first = 0, second = 1] = axes.map((axis) => normalizeAxis(axis, rank));
  if (first === second) return call.refuse("one axis twice");
  const rest = self.shape.map((_, axis) => axis).filter((axis) => axis !== first && axis !== second);
  const shape = [...rest, first, second].map((axis) => self.shape[axis] ?? 1);
  const input = { ...emit.transpose(emit.cast(self, call.dtype), [...rest, first, second]), shape };
  const found = emit.cast(matrixNorm(emit, call, input, order), call.dtype);
  return call.boolean("keepdim") ? unsqueeze(emit, found, ...[first, second].sort((a, b) => a - b)) : found;
}

function orderOf(call: Call): string {
  return call.isNumber("ord") ? String(call.number("ord")) : call.string("ord");
}

const linalgMatrixNorm: Rule = (emit, call) => normOver(emit, call, call.ints("dim"), orderOf(call));

/** Of vectors along one axis, of matrices along two; without an order of all elements together. */
const linalgNorm: Rule = (emit, call) => {
  const self = call.tensor("self");
  const axes = call.has("dim") ? call.ints("dim") : self.shape.map((_, axis) => axis);
  const hasOrder = call.has("ord");
  if (hasOrder && axes.length === 2) return normOver(emit, call, axes, orderOf(call));
  const order = hasOrder ? Number(orderOf(call)) : 2;
  if (!Number.isFinite(order) && Number.isNaN(order)) return call.refuse("the norm of a vector by name");
  const extent = {
    axes: axes.map((axis) => normalizeAxis(axis, self.shape.length)).filter((axis) => axis < self.shape.length),
    keepdims: call.boolean("keepdim"),
  };
  return vectorNormOf(emit, emit.cast(self, call.dtype), order, extent);
};

/** The greatest singular value over the least, or a norm times that of the inverse. */
const condition: Rule = (emit, call) => {
  const f = new Formula(emit);
  const matrix = namedMatrix(emit, call, "self");
  const rank = call.tensor("self").shape.length;
  const order = call.has("p") ? (call.isNumber("p") ? String(call.number("p")) : call.string("p")) : "2";
  if (order === "2" || order === "-2") {
    const values = singularValues(emit, matrix, rank);
    const end = (op: "ReduceMax" | "ReduceMin") => emit.op(op, [values, emit.int64s([-1])], { keepdims: 0 });
    const [greatest, least] = [end("ReduceMax"), end("ReduceMin")];
    return order === "2" ? f.div(greatest, least) : f.div(least, greatest);
  }
  const { shape } = call.tensor("self");
  const inverted = { ...inverseOf(emit, matrix), shape };
  return f.mul(matrixNorm(emit, call, { ...matrix.operand, shape }, order), matrixNorm(emit, call, inverted, order));
};

export const SINGULAR_VALUES: RuleTable = {
  "aten.linalg_svdvals.default": unlessEmpty(svdValues),
  "aten.linalg_eigvalsh.default": unlessEmpty(eigenvaluesOfSymmetric),
  "aten.linalg_matrix_rank.default": unlessEmpty(matrixRank),
  "aten.linalg_matrix_rank.atol_rtol_float": unlessEmpty(matrixRank),
  "aten.linalg_matrix_rank.atol_rtol_tensor": unlessEmpty(matrixRank),
  "aten.linalg_matrix_rank.tol_tensor": unlessEmpty(matrixRank),
  "aten.linalg_pinv.default": unlessEmpty(pseudoInverse),
  "aten.linalg_pinv.atol_rtol_float": unlessEmpty(pseudoInverse),
  "aten.linalg_pinv.atol_rtol_tensor": unlessEmpty(pseudoInverse),
  "aten.linalg_pinv.rcond_tensor": unlessEmpty(pseudoInverse),
  "aten.pinverse.default": unlessEmpty(pseudoInverse),
  "aten.linalg_matrix_norm.default": unlessEmpty(linalgMatrixNorm),
  "aten.linalg_matrix_norm.str_ord": unlessEmpty(linalgMatrixNorm),
  "aten.linalg_norm.default": unlessEmpty(linalgNorm),
  "aten.linalg_norm.ord_str": unlessEmpty(linalgNorm),
  "aten.linalg_cond.default": unlessEmpty(condition),
  "aten.linalg_cond.p_str": unlessEmpty(condition),
};
