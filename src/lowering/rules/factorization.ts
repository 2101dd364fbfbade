import type { Call } from "../call.ts";
import type { Emitter } from "../emitter.ts";
import { Formula } from "../formula.ts";
import type { Operand } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";
import { slice, squeeze } from "../shaping.ts";
import { solveTriangular } from "./elimination.ts";
import {
  columnAt,
  columnMask,
  entryAt,
  failingWhere,
  identity,
  lowerPart,
  type Matrix,
  namedMatrix,
  rowMask,
  transposed,
  transposedMatrix,
  unlessEmpty,
  upperPart,
} from "./matrix.ts";

/** The lower factor L of L · Lᵀ, and 1 + the first step that fails for each matrix, or 0. */
interface Cholesky {
  readonly lower: Operand;
  readonly failure: Operand;
}

function choleskyOf(emit: Emitter, { operand, rows }: Matrix, rank: number): Cholesky {
  const f = new Formula(emit);
  let rest = operand;
  let failure: Operand = f.mul(emit.cast(f.isNaN(entryAt(emit, operand, 0, 0)), "int64"), 0);
  const columns: Operand[] = [];
  for (let step = 0; step < rows; step++) {
    const square = entryAt(emit, rest, step, step);
    const fails = f.not(f.greater(square, 0));
    failure = f.where(f.and(fails, f.equal(failure, 0)), step + 1, failure);
    const isKept = rowMask(emit, rows, (row) => row >= step);
    const column = f.where(isKept, f.div(columnAt(emit, rest, step), f.sqrt(square)), 0);
    columns.push(column);
    rest = f.sub(rest, emit.op("Mul", [column, transposed(emit, column, rank)]));
  }
  return { lower: emit.op("Concat", columns, { axis: -1 }), failure: squeeze(emit, failure, -1, -2) };
}

/** Only the given half is read. */
function symmetricHalf(emit: Emitter, call: Call, name: string): Matrix {
  const matrix = namedMatrix(emit, call, name);
  const rank = call.tensor(name).shape.length;
  const isUpper = call.boolean("upper");
  const half = isUpper ? transposed(emit, upperPart(emit, matrix.operand), rank) : lowerPart(emit, matrix.operand);
  return { ...matrix, operand: half };
}

/** Of a matrix without such a factor PyTorch raises an error, or leaves numbers that mean nothing. */
function cholesky(name: string): Rule {
  return (emit, call) => {
    const rank = call.tensor(name).shape.length;
    const half = symmetricHalf(emit, call, name);
    const both = emit.op("Add", [half.operand, transposed(emit, lowerPart(emit, half.operand, -1), rank)]);
    const { lower, failure } = choleskyOf(emit, { ...half, operand: both }, rank);
    const checked = failingWhere(emit, lower, emit.cast(failure, "bool"));
    const info = emit.cast(failure, "int32");
    return [call.boolean("upper") ? transposed(emit, checked, rank) : checked, info];
  };
}

/** X of A · X = B where the argument `name` is a factor of A. */
function solveByFactor(emit: Emitter, call: Call, name: string, b: Operand): Operand {
  const f = new Formula(emit);
  const factor = namedMatrix(emit, call, name);
  const turned = transposedMatrix(emit, factor, call.tensor(name).shape.length);
  const [lower, upper] = call.boolean("upper") ? [turned, factor] : [factor, turned];
  const wide = f.add(b, f.mul(columnAt(emit, factor.operand, 0), 0));
  const forward = solveTriangular(emit, lower, wide, { isUpper: false, isUnit: false });
  return solveTriangular(emit, upper, forward, { isUpper: true, isUnit: false });
}

const choleskySolve: Rule = (emit, call) => solveByFactor(emit, call, "input2", call.operand("self", "float64"));

const choleskyInverse: Rule = (emit, call) => {
  const { operand, rows } = namedMatrix(emit, call, "self");
  return solveByFactor(emit, call, "self", identity(emit, operand, rows));
};

/** One reflection I − τ·v·vᵀ. */
interface Reflection {
  readonly vector: Operand;
  readonly factor: Operand;
}

/** As LAPACK makes them: what is left of column `step` becomes ∓‖x‖ and zeros. */
function reflectionOf(f: Formula, current: Operand, step: number, rows: number): Reflection {
  const { emit } = f;
  const column = columnAt(emit, current, step);
  const alpha = entryAt(emit, current, step, step);
  const tail = f.where(
    rowMask(emit, rows, (row) => row > step),
    column,
    0,
  );
  const squares = emit.op("ReduceSum", [f.square(tail), emit.int64s([-2])], { keepdims: 1 });
  const isDone = f.equal(squares, 0);
  const norm = f.sqrt(f.add(f.square(alpha), squares));
  const beta = f.where(f.less(alpha, 0), norm, f.neg(norm));
  const safeBeta = f.where(isDone, 1, beta);
  const factor = f.where(isDone, 0, f.div(f.sub(beta, alpha), safeBeta));
  const scale = f.where(isDone, 1, f.sub(alpha, beta));
  const vector = f.where(
    rowMask(emit, rows, (row) => row === step),
    1,
    f.div(tail, scale),
  );
  return { vector, factor };
}

function dotColumns(emit: Emitter, vector: Operand, matrix: Operand): Operand {
  return emit.op("ReduceSum", [emit.op("Mul", [vector, matrix]), emit.int64s([-2])], { keepdims: 1 });
}

function reflect(f: Formula, { vector, factor }: Reflection, matrix: Operand): Operand {
  return f.sub(matrix, f.mul(factor, vector, dotColumns(f.emit, vector, matrix)));
}

interface Householder {
  readonly upper: Operand;
  readonly reflections: readonly Reflection[];
}

function householderOf(emit: Emitter, { operand, rows, columns }: Matrix): Householder {
  const f = new Formula(emit);
  let upper = operand;
  const reflections: Reflection[] = [];
  for (let step = 0; step < Math.min(rows, columns); step++) {
    const reflection = reflectionOf(f, upper, step, rows);
    upper = reflect(f, reflection, upper);
    reflections.push(reflection);
  }
  return { upper: upperPart(emit, upper), reflections };
}

/** The product of all reflections with `start`. */
function reflected(f: Formula, reflections: readonly Reflection[], start: Operand): Operand {
  return reflections.reduceRight((current, reflection) => reflect(f, reflection, current), start);
}

function unitMatrix(emit: Emitter, like: Operand, rows: number, columns: number): Operand {
  return slice(emit, identity(emit, squareLike(emit, like, rows), rows), -1, 0, columns);
}

/** A batch of square matrices of zeros, as many as `like`. */
function squareLike(emit: Emitter, like: Operand, size: number): Operand {
  const column = columnAt(emit, like, 0);
  const f = new Formula(emit);
  const row = emit.constant("float64", Array<number>(size).fill(0), [1, size]);
  return f.add(f.mul(column, 0), row);
}

function qrOf(emit: Emitter, matrix: Matrix, isComplete: boolean): readonly [Operand, Operand] {
  const f = new Formula(emit);
  const { upper, reflections } = householderOf(emit, matrix);
  const size = isComplete ? matrix.rows : Math.min(matrix.rows, matrix.columns);
  const q = reflected(f, reflections, unitMatrix(emit, matrix.operand, matrix.rows, size));
  return [q, slice(emit, upper, -2, 0, size)];
}

/** With the mode "r" there is no Q. */
const linalgQr: Rule = (emit, call) => {
  const mode = call.string("mode");
  const [q, r] = qrOf(emit, namedMatrix(emit, call, "A"), mode === "complete");
  const nothing = emit.op("Expand", [emit.constant("float64", 0), emit.int64s([0])]);
  return [mode === "r" ? nothing : q, r];
};

const qr: Rule = (emit, call) => qrOf(emit, namedMatrix(emit, call, "self"), !call.boolean("some"));

/** The vectors of the reflections below the triangle, and their factors. */
const compactQr: Rule = (emit, call) => {
  const matrix = namedMatrix(emit, call, "self");
  const f = new Formula(emit);
  const { upper, reflections } = householderOf(emit, matrix);
  const vectors = reflections.reduce<Operand>((current, { vector }, step) => {
    const isColumn = columnMask(emit, matrix.columns, (column) => column === step);
    const isBelow = rowMask(emit, matrix.rows, (row) => row > step);
    return f.where(f.and(isColumn, isBelow), vector, current);
  }, upper);
  const factors = emit.op(
    "Concat",
    reflections.map(({ factor }) => squeeze(emit, factor, -1)),
    { axis: -1 },
  );
  return [vectors, factors];
};

/** The reflections that a compact factorization holds. */
function storedReflections(emit: Emitter, call: Call, name: string, factorsName: string): readonly Reflection[] {
  const f = new Formula(emit);
  const { operand, rows } = namedMatrix(emit, call, name);
  const factors = call.operand(factorsName, "float64");
  const count = call.known(call.tensor(factorsName).shape.at(-1), "the number of reflections");
  return Array.from({ length: count }, (_, step) => {
    const below = f.where(
      rowMask(emit, rows, (row) => row > step),
      columnAt(emit, operand, step),
      0,
    );
    const vector = f.where(
      rowMask(emit, rows, (row) => row === step),
      1,
      below,
    );
    return { vector, factor: emit.op("Unsqueeze", [columnAt(emit, factors, step), emit.int64s([-1])]) };
  });
}

const householderProduct: Rule = (emit, call) => {
  const { operand, rows, columns } = namedMatrix(emit, call, "input");
  const start = unitMatrix(emit, operand, rows, columns);
  return reflected(new Formula(emit), storedReflections(emit, call, "input", "tau"), start);
};

/** The product of Q, or of its transpose, with a matrix, or of a matrix with it. */
const multiplyByQ: Rule = (emit, call) => {
  const f = new Formula(emit);
  const rank = call.tensor("input3").shape.length;
  const [isLeft, isTransposed] = [call.boolean("left"), call.boolean("transpose")];
  const given = call.operand("input3", "float64");
  const reflections = storedReflections(emit, call, "self", "input2");
  const start = isLeft ? given : transposed(emit, given, rank);
  const order = isLeft === isTransposed ? reflections.toReversed() : reflections;
  const found = reflected(f, order, start);
  return isLeft ? found : transposed(emit, found, rank);
};

/** How often a matrix is halved before its exponential is summed, and squared afterwards. */
const HALVINGS = 16;
const TAYLOR_TERMS = 14;

const exponential: Rule = (emit, call) => {
  const f = new Formula(emit);
  if (call.result().dtype.endsWith("float16")) return call.refuse("16-bit floats, in which it may overflow on the way");
  const { operand, rows } = namedMatrix(emit, call, "self");
  const small = f.mul(operand, 2 ** -HALVINGS);
  const unit = identity(emit, operand, rows);
  let sum = unit;
  for (let k = TAYLOR_TERMS; k >= 1; k--) {
    sum = f.add(unit, f.mul(emit.op("MatMul", [small, sum]), 1 / k));
  }
  for (let i = 0; i < HALVINGS; i++) sum = emit.op("MatMul", [sum, sum]);
  return sum;
};

export const FACTORIZATION: RuleTable = {
  "aten.cholesky.default": unlessEmpty(cholesky("self")),
  "aten.linalg_cholesky.default": unlessEmpty(cholesky("self")),
  "aten.linalg_cholesky_ex.default": unlessEmpty(cholesky("self")),
  "aten.cholesky_solve.default": unlessEmpty(choleskySolve),
  "aten.cholesky_inverse.default": unlessEmpty(choleskyInverse),
  "aten.linalg_qr.default": unlessEmpty(linalgQr),
  "aten.qr.default": unlessEmpty(qr),
  "aten.geqrf.default": unlessEmpty(compactQr),
  "aten.linalg_householder_product.default": unlessEmpty(householderProduct),
  "aten.ormqr.default": unlessEmpty(multiplyByQ),
  "aten.matrix_exp.default": unlessEmpty(exponential),
};
