import type { Call } from "../call.ts";
import type { Emitter } from "../emitter.ts";
import { Formula } from "../formula.ts";
import type { Operand, ShapedOperand } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";
import { reshapeTo, squeeze } from "../shaping.ts";
import {
  columnAt,
  columnMask,
  diagonalOf,
  entryAt,
  failingWhere,
  identity,
  lowerPart,
  type Matrix,
  mask,
  matrixOf,
  namedMatrix,
  rowAt,
  rowMask,
  transposed,
  transposedMatrix,
  unlessEmpty,
  upperPart,
} from "./matrix.ts";
import { matrixPower } from "./products.ts";

/** L without its diagonal of ones, and U, in one matrix; which row came where, and which was swapped at each step. */
interface Factors {
  readonly compact: Matrix;
  readonly order: Operand;
  readonly pivots: readonly Operand[];
}

/** The rows of `matrix` in the order that a vector of positions for each matrix gives. */
function reordered(emit: Emitter, matrix: Operand, order: Operand): Operand {
  const index = emit.op("Expand", [unsqueezeLast(emit, order), emit.op("Shape", [matrix])]);
  return emit.op("GatherElements", [matrix, index], { axis: -2 });
}

function unsqueezeLast(emit: Emitter, vector: Operand): Operand {
  return emit.op("Unsqueeze", [vector, emit.int64s([-1])]);
}

/** Positions in which `step` and the row `pivot` have changed places. */
function swap(f: Formula, rows: number, step: number, pivot: Operand): Operand {
  const range = f.emit.constant(
    "int64",
    Array.from({ length: rows }, (_, i) => i),
  );
  return f.where(f.equal(range, step), pivot, f.where(f.equal(range, pivot), step, range));
}

/** The row at or below `step` with the greatest entry in its column, with an axis of size 1 for the rows. */
function pivotRow(f: Formula, current: Operand, step: number, rows: number): Operand {
  const magnitudes = f.abs(columnAt(f.emit, current, step));
  const candidates = f.where(
    rowMask(f.emit, rows, (row) => row >= step),
    magnitudes,
    -1,
  );
  const found = f.emit.op("ArgMax", [candidates], { axis: -2, keepdims: 1 });
  return squeeze(f.emit, found, -1);
}

/** Subtracts multiples of the row at `step` from the rows below, and keeps the multipliers in its column. */
function eliminate(f: Formula, current: Operand, step: number, { rows, columns }: Matrix): Operand {
  const isBelow = rowMask(f.emit, rows, (row) => row > step);
  const pivot = entryAt(f.emit, current, step, step);
  const safe = f.where(f.equal(pivot, 0), 1, pivot);
  const multipliers = f.where(isBelow, f.div(columnAt(f.emit, current, step), safe), 0);
  const isRight = columnMask(f.emit, columns, (column) => column > step);
  const rest = f.sub(current, f.mul(multipliers, f.where(isRight, rowAt(f.emit, current, step), 0)));
  const isMultiplier = mask(f.emit, rows, columns, (row, column) => column === step && row > step);
  return f.where(isMultiplier, multipliers, rest);
}

/** By Gaussian elimination with partial pivoting. */
export function factorize(emit: Emitter, matrix: Matrix): Factors {
  const f = new Formula(emit);
  const { rows, columns } = matrix;
  const start = emit.constant(
    "int64",
    Array.from({ length: rows }, (_, i) => i),
  );
  const none = emit.op("ReduceSum", [matrix.operand, emit.int64s([-1])], { keepdims: 0 });
  let order: Operand = emit.op("Expand", [start, emit.op("Shape", [none])]);
  let current = matrix.operand;
  const pivots: Operand[] = [];
  for (let step = 0; step < Math.min(rows, columns); step++) {
    const pivot = pivotRow(f, current, step, rows);
    const places = swap(f, rows, step, pivot);
    current = eliminate(f, reordered(emit, current, places), step, matrix);
    order = emit.op("GatherElements", [order, places], { axis: -1 });
    pivots.push(pivot);
  }
  return { compact: { ...matrix, operand: current }, order, pivots };
}

/** How triangular equations are to be solved. */
export interface Triangle {
  readonly isUpper: boolean;
  readonly isUnit: boolean;
}

/** X of A · X = B, for a triangular A; what lies in the other half does not count. */
export function solveTriangular(emit: Emitter, a: Matrix, b: Operand, { isUpper, isUnit }: Triangle): Operand {
  const f = new Formula(emit);
  const size = a.rows;
  const steps = Array.from({ length: size }, (_, i) => (isUpper ? size - 1 - i : i));
  const solved: Operand[] = [];
  let rest = b;
  for (const step of steps) {
    const row = rowAt(emit, rest, step);
    const value = isUnit ? row : f.div(row, entryAt(emit, a.operand, step, step));
    solved[step] = value;
    const isOpen = rowMask(emit, size, (other) => (isUpper ? other < step : other > step));
    rest = f.sub(rest, f.mul(f.where(isOpen, columnAt(emit, a.operand, step), 0), value));
  }
  const shape = emit.op("Shape", [rest]);
  const rows = emit.op("Concat", solved, { axis: -2 });
  return emit.op("Expand", [rows, shape]);
}

function solveFactorized(emit: Emitter, { compact, order }: Factors, b: Operand): Operand {
  const f = new Formula(emit);
  const wide = f.add(b, f.mul(columnAt(emit, compact.operand, 0), 0));
  const ordered = reordered(emit, wide, broadcastOrder(emit, order, wide));
  const forward = solveTriangular(emit, compact, ordered, { isUpper: false, isUnit: true });
  return solveTriangular(emit, compact, forward, { isUpper: true, isUnit: false });
}

function broadcastOrder(emit: Emitter, order: Operand, rows: Operand): Operand {
  return emit.op("Expand", [order, emit.op("Shape", [squeeze(emit, columnAt(emit, rows, 0), -1)])]);
}

/** Where a matrix is singular: a pivot is 0. */
function isSingular(emit: Emitter, { compact }: Factors): Operand {
  return new Formula(emit).equal(diagonalOf(emit, compact), 0);
}

/** 1 + the first step whose pivot is 0, or 0. */
function singularStep(emit: Emitter, factors: Factors): Operand {
  const zeros = emit.cast(isSingular(emit, factors), "int64");
  const f = new Formula(emit);
  const first = emit.op("ArgMax", [zeros], { axis: -1, keepdims: 0 });
  const any = emit.op("ReduceMax", [zeros, emit.int64s([-1])], { keepdims: 0 });
  return f.cast(f.where(f.equal(any, 0), 0, f.add(first, 1)), "int32");
}

function solved(emit: Emitter, a: Matrix, b: Operand): Operand {
  const factors = factorize(emit, a);
  return solveFactorized(emit, factors, failingWhere(emit, b, isSingular(emit, factors)));
}

export function inverseOf(emit: Emitter, a: Matrix): Operand {
  return solved(emit, a, identity(emit, a.operand, a.rows));
}

function inverse(name: string): Rule {
  return (emit, call) => {
    const found = inverseOf(emit, namedMatrix(emit, call, name));
    return call.resultCount === 1 ? [found] : [found, noInfo(emit, found)];
  };
}

/** Everything went well. */
function noInfo(emit: Emitter, like: Operand): Operand {
  return emit.op("Expand", [emit.constant("int32", 0), emit.op("Shape", [like], { start: 0, end: -2 })]);
}

interface Equations {
  readonly a: Matrix;
  readonly b: Operand;
  readonly isVector: boolean;
}

/** A vector on the right side is one column, a batch of vectors one column each. */
function equationsOf(emit: Emitter, call: Call): Equations {
  const [a, b] = [call.tensor("A"), call.tensor("B")];
  const isBatchOfVectors = a.shape.length - 1 === b.shape.length && a.shape.slice(0, -1).every((d, i) => d === b.shape[i]);
  const isVector = b.shape.length === 1 || isBatchOfVectors;
  const right = emit.cast(b, "float64");
  return {
    a: matrixOf(emit, call, a),
    b: isVector ? unsqueezeLast(emit, right) : right,
    isVector,
  };
}

const solve: Rule = (emit, call) => {
  const { a, b, isVector } = equationsOf(emit, call);
  const [rankOfA, rankOfB] = [call.tensor("A").shape.length, call.tensor("B").shape.length + (isVector ? 1 : 0)];
  const isLeft = call.boolean("left");
  if (isVector && !isLeft) return call.refuse("a vector on the right side of the unknowns");
  const found = isLeft
    ? solved(emit, a, b)
    : transposed(
        emit,
        solved(emit, transposedMatrix(emit, a, rankOfA), transposed(emit, b, rankOfB)),
        Math.max(rankOfA, rankOfB),
      );
  const result = isVector ? squeeze(emit, found, -1) : found;
  return call.resultCount === 1 ? [result] : [result, noInfo(emit, a.operand)];
};

/** The product of the pivots and the sign of the order. */
interface Determinant {
  readonly diagonal: Operand;
  readonly sign: Operand;
}

function determinantOf(emit: Emitter, matrix: Matrix): Determinant {
  const f = new Formula(emit);
  const factors = factorize(emit, matrix);
  const signs = factors.pivots.map((pivot, step) => f.where(f.equal(pivot, step), emit.constant("float64", 1), -1));
  const sign = signs.reduce((product, next) => f.mul(product, next));
  return { diagonal: diagonalOf(emit, factors.compact), sign: squeeze(emit, sign, -1) };
}

const determinant: Rule = (emit, call) => {
  const f = new Formula(emit);
  const matrix = namedMatrix(emit, call, call.has("A") ? "A" : "self");
  if (matrix.rows === 0) return ofNothing(emit, call, 1);
  const { diagonal, sign } = determinantOf(emit, matrix);
  return f.mul(emit.op("ReduceProd", [diagonal, emit.int64s([-1])], { keepdims: 0 }), sign);
};

function ofNothing(emit: Emitter, call: Call, value: number): Operand {
  const sizes = call.shape.map((size) => call.known(size, "the size of the batch"));
  return emit.op("Expand", [emit.constant(call.dtype, value), emit.int64s(sizes)]);
}

function signAndLog(emit: Emitter, matrix: Matrix): readonly [Operand, Operand] {
  const f = new Formula(emit);
  const { diagonal, sign } = determinantOf(emit, matrix);
  const reduced = (op: "ReduceProd" | "ReduceSum", input: Operand) =>
    emit.op(op, [input, emit.int64s([-1])], { keepdims: 0 });
  const signs = reduced("ReduceProd", emit.op("Sign", [diagonal]));
  return [f.mul(signs, sign), reduced("ReduceSum", f.log(f.abs(diagonal)))];
}

const signAndLogDeterminant: Rule = (emit, call) => {
  const matrix = namedMatrix(emit, call, call.has("A") ? "A" : "self");
  if (matrix.rows === 0) return [ofNothing(emit, call, 1), ofNothing(emit, call, 0)];
  return signAndLog(emit, matrix);
};

const logDeterminant: Rule = (emit, call) => {
  const f = new Formula(emit);
  const matrix = namedMatrix(emit, call, call.has("A") ? "A" : "self");
  if (matrix.rows === 0) return ofNothing(emit, call, 0);
  const [sign, log] = signAndLog(emit, matrix);
  return f.where(f.less(sign, 0), Number.NaN, log);
};

/** As LAPACK counts: from 1, the row that each step swapped with its own. */
function pivotVector(emit: Emitter, { pivots }: Factors): Operand {
  const joined = emit.op("Concat", pivots, { axis: -1 });
  return emit.cast(emit.op("Add", [joined, emit.int64(1)]), "int32");
}

function requirePivoting(call: Call): void {
  if (call.has("pivot") && !call.boolean("pivot")) call.refuse("factors without pivoting");
}

const luFactor: Rule = (emit, call) => {
  requirePivoting(call);
  const factors = factorize(emit, namedMatrix(emit, call, call.has("A") ? "A" : "self"));
  const { operand } = factors.compact;
  const raises = call.resultCount < 3 || call.boolean("check_errors");
  const checked = raises ? failingWhere(emit, operand, isSingular(emit, factors)) : operand;
  return [checked, pivotVector(emit, factors), singularStep(emit, factors)];
};

/** The matrix that puts rows in the order of the original. */
function permutationMatrix(emit: Emitter, order: Operand, size: number): Operand {
  const range = emit.constant(
    "int64",
    Array.from({ length: size }, (_, i) => i),
    [size, 1],
  );
  return emit.cast(emit.op("Equal", [range, emit.op("Unsqueeze", [order, emit.int64s([-2])])]), "float64");
}

function triangles(emit: Emitter, { operand, rows, columns }: Matrix): readonly [Operand, Operand] {
  const f = new Formula(emit);
  const size = Math.min(rows, columns);
  const lower = lowerPart(emit, emit.op("Slice", [operand, ...[[0], [size], [-1]].map((v) => emit.int64s(v))]), -1);
  const isDiagonal = mask(emit, rows, size, (row, column) => row === column);
  const upper = upperPart(emit, emit.op("Slice", [operand, ...[[0], [size], [-2]].map((v) => emit.int64s(v))]));
  return [f.where(isDiagonal, 1, lower), upper];
}

const lu: Rule = (emit, call) => {
  requirePivoting(call);
  const factors = factorize(emit, namedMatrix(emit, call, "A"));
  return [permutationMatrix(emit, factors.order, factors.compact.rows), ...triangles(emit, factors.compact)];
};

/** The order that a vector of swaps, counted from 1, makes. */
function orderOf(emit: Emitter, pivots: ShapedOperand, steps: number, rows: number): Operand {
  const f = new Formula(emit);
  const start = emit.constant(
    "int64",
    Array.from({ length: rows }, (_, i) => i),
  );
  const zeroBased = f.sub(emit.cast(pivots, "int64"), 1);
  const first = columnAt(emit, zeroBased, 0);
  let order: Operand = f.add(f.mul(first, 0), start);
  for (let step = 0; step < steps; step++) {
    const places = swap(f, rows, step, columnAt(emit, zeroBased, step));
    order = emit.op("GatherElements", [order, places], { axis: -1 });
  }
  return order;
}

const luUnpack: Rule = (emit, call) => {
  const compact = namedMatrix(emit, call, "LU_data");
  const steps = Math.min(compact.rows, compact.columns);
  const pivots = call.tensor("LU_pivots");
  const nothing = emit.op("Expand", [emit.constant(call.tensor("LU_data").dtype, 0), emit.int64s([0])]);
  const [lower, upper] = call.boolean("unpack_data") ? triangles(emit, compact) : [nothing, nothing];
  const order = call.boolean("unpack_pivots") ? orderOf(emit, pivots, steps, compact.rows) : undefined;
  return [order ? permutationMatrix(emit, order, compact.rows) : nothing, lower, upper];
};

function storedFactors(emit: Emitter, call: Call, dataName: string, pivotsName: string): Factors {
  const compact = namedMatrix(emit, call, dataName);
  return { compact, order: orderOf(emit, call.tensor(pivotsName), compact.rows, compact.rows), pivots: [] };
}

const luSolve: Rule = (emit, call) => {
  const factors = storedFactors(emit, call, "LU_data", "LU_pivots");
  return solveFactorized(emit, factors, call.operand("self", "float64"));
};

/** Aᵀ · X = B: the factors are solved in the other order, and the rows put back. */
function solveAdjoint(emit: Emitter, { compact, order }: Factors, b: Operand, rank: number): Operand {
  const f = new Formula(emit);
  const turned = transposedMatrix(emit, compact, rank);
  const wide = f.add(b, f.mul(columnAt(emit, compact.operand, 0), 0));
  const forward = solveTriangular(emit, turned, wide, { isUpper: false, isUnit: false });
  const back = solveTriangular(emit, turned, forward, { isUpper: true, isUnit: true });
  const permutation = permutationMatrix(emit, order, compact.rows);
  return emit.op("MatMul", [permutation, back]);
}

const linalgLuSolve: Rule = (emit, call) => {
  const factors = storedFactors(emit, call, "LU", "pivots");
  const [rankOfA, rankOfB] = [call.tensor("LU").shape.length, call.tensor("B").shape.length];
  const b = call.operand("B", "float64");
  const isAdjoint = call.boolean("adjoint");
  if (call.boolean("left")) {
    return isAdjoint ? solveAdjoint(emit, factors, b, rankOfA) : solveFactorized(emit, factors, b);
  }
  const turned = transposed(emit, b, rankOfB);
  const found = isAdjoint ? solveFactorized(emit, factors, turned) : solveAdjoint(emit, factors, turned, rankOfA);
  return transposed(emit, found, Math.max(rankOfA, rankOfB));
};

const linalgSolveTriangular: Rule = (emit, call) => {
  const a = namedMatrix(emit, call, "self");
  const triangle = { isUpper: call.boolean("upper"), isUnit: call.boolean("unitriangular") };
  const rankOfA = call.tensor("self").shape.length;
  const b = call.operand("B", "float64");
  const f = new Formula(emit);
  if (call.boolean("left")) return solveTriangular(emit, a, f.add(b, f.mul(columnAt(emit, a.operand, 0), 0)), triangle);
  const turned = transposedMatrix(emit, a, rankOfA);
  const columns = transposed(emit, b, call.tensor("B").shape.length);
  const wide = f.add(columns, f.mul(columnAt(emit, turned.operand, 0), 0));
  const found = solveTriangular(emit, turned, wide, { ...triangle, isUpper: !triangle.isUpper });
  return transposed(emit, found, Math.max(rankOfA, call.tensor("B").shape.length));
};

const triangularSolve: Rule = (emit, call) => {
  const f = new Formula(emit);
  const given = namedMatrix(emit, call, "A");
  const isTransposed = call.boolean("transpose");
  const a = isTransposed ? transposedMatrix(emit, given, call.tensor("A").shape.length) : given;
  const triangle = { isUpper: call.boolean("upper") !== isTransposed, isUnit: call.boolean("unitriangular") };
  const b = f.add(call.operand("self", "float64"), f.mul(columnAt(emit, a.operand, 0), 0));
  const copy = emit.op("Expand", [call.tensor("A"), emit.op("Shape", [a.operand])]);
  return [solveTriangular(emit, a, b, triangle), copy];
};

/** Powers below 0 are those of the inverse. */
const power: Rule = (emit, call) => {
  const exponent = call.number("n");
  const self = call.tensor("self");
  const size = call.known(self.shape.at(-1), "the size of a matrix");
  if (exponent === 0) return identity(emit, emit.cast(self, "float64"), size);
  if (exponent > 0) return matrixPower(emit, self, exponent);
  return matrixPower(emit, inverseOf(emit, matrixOf(emit, call, self)), -exponent);
};

function product(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total * size, 1);
}

function knownShape(call: Call, { shape }: ShapedOperand): readonly number[] {
  return shape.map((size) => call.known(size, "a size"));
}

const tensorInverse: Rule = (emit, call) => {
  const self = call.tensor("self");
  const sizes = knownShape(call, self);
  const split = call.number("ind");
  const size = product(sizes.slice(0, split));
  const flat = { ...reshapeTo(emit, self, [size, size]), shape: [size, size] };
  const found = inverseOf(emit, matrixOf(emit, call, flat));
  return reshapeTo(emit, found, [...sizes.slice(split), ...sizes.slice(0, split)]);
};

const tensorSolve: Rule = (emit, call) => {
  const [self, other] = [call.tensor("self"), call.tensor("other")];
  const rank = self.shape.length;
  const moved = call.has("dims") ? call.ints("dims").map((axis) => (axis < 0 ? axis + rank : axis)) : [];
  const rest = self.shape.map((_, axis) => axis).filter((axis) => !moved.includes(axis));
  const size = product(knownShape(call, other));
  const flat = { ...reshapeTo(emit, emit.transpose(self, [...rest, ...moved]), [size, size]), shape: [size, size] };
  const b = reshapeTo(emit, emit.cast(other, "float64"), [size, 1]);
  const sizes = call.shape.map((each) => call.known(each, "a size"));
  return reshapeTo(emit, solved(emit, matrixOf(emit, call, flat), b), sizes);
};

export const LINEAR_SOLVE: RuleTable = {
  "aten.linalg_inv.default": unlessEmpty(inverse("A")),
  "aten.linalg_inv_ex.default": unlessEmpty(inverse("A")),
  "aten.inverse.default": unlessEmpty(inverse("self")),
  "aten.linalg_solve.default": unlessEmpty(solve),
  "aten.linalg_solve_ex.default": unlessEmpty(solve),
  "aten.linalg_det.default": unlessEmpty(determinant),
  "aten.det.default": unlessEmpty(determinant),
  "aten.linalg_slogdet.default": unlessEmpty(signAndLogDeterminant),
  "aten.slogdet.default": unlessEmpty(signAndLogDeterminant),
  "aten.logdet.default": unlessEmpty(logDeterminant),
  "aten.linalg_lu_factor.default": unlessEmpty(luFactor),
  "aten.linalg_lu_factor_ex.default": unlessEmpty(luFactor),
  "aten._lu_with_info.default": unlessEmpty(luFactor),
  "aten.linalg_lu.default": unlessEmpty(lu),
  "aten.lu_unpack.default": unlessEmpty(luUnpack),
  "aten.lu_solve.default": unlessEmpty(luSolve),
  "aten.linalg_lu_solve.default": unlessEmpty(linalgLuSolve),
  "aten.linalg_solve_triangular.default": unlessEmpty(linalgSolveTriangular),
  "aten.triangular_solve.default": unlessEmpty(triangularSolve),
  "aten.linalg_matrix_power.default": unlessEmpty(power),
  "aten.matrix_power.default": unlessEmpty(power),
  "aten.linalg_tensorinv.default": unlessEmpty(tensorInverse),
  "aten.linalg_tensorsolve.default": unlessEmpty(tensorSolve),
};
