import type { Emitter } from "../emitter.ts";
import { Formula } from "../formula.ts";
import type { Operand } from "../operand.ts";
import { squeeze } from "../shaping.ts";
import { columnAt, columnMask, diagonalOf, entryAt, type Matrix, mask, rowAt, rowMask } from "./matrix.ts";

/** L without its diagonal of ones, and U, in one matrix; which row came where, and which was swapped at each step. */
export interface Factors {
  readonly compact: Matrix;
  readonly order: Operand;
  readonly pivots: readonly Operand[];
}

/** The rows of `matrix` in the order that a vector of positions for each matrix gives. */
function reordered(emit: Emitter, matrix: Operand, order: Operand): Operand {
  const index = emit.op("Expand", [unsqueezeLast(emit, order), emit.op("Shape", [matrix])]);
  return emit.op("GatherElements", [matrix, index], { axis: -2 });
}

export function unsqueezeLast(emit: Emitter, vector: Operand): Operand {
  return emit.op("Unsqueeze", [vector, emit.int64s([-1])]);
}

/** Positions in which `step` and the row `pivot` have changed places. */
export function swap(f: Formula, rows: number, step: number, pivot: Operand): Operand {
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

export function solveFactorized(emit: Emitter, { compact, order }: Factors, b: Operand): Operand {
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
export function isSingular(emit: Emitter, { compact }: Factors): Operand {
  return new Formula(emit).equal(diagonalOf(emit, compact), 0);
}

/** 1 + the first step whose pivot is 0, or 0. */
export function singularStep(emit: Emitter, factors: Factors): Operand {
  const zeros = emit.cast(isSingular(emit, factors), "int64");
  const f = new Formula(emit);
  const first = emit.op("ArgMax", [zeros], { axis: -1, keepdims: 0 });
  const any = emit.op("ReduceMax", [zeros, emit.int64s([-1])], { keepdims: 0 });
  return f.cast(f.where(f.equal(any, 0), 0, f.add(first, 1)), "int32");
}
