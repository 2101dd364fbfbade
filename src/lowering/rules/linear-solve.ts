import type { Call } from "../call.ts";
import type { Emitter } from "../emitter.ts";
import { Formula } from "../formula.ts";
import type { Operand, ShapedOperand } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";
import { reshapeTo, squeeze } from "../shaping.ts";
import { factorize, isSingular, solveFactorized, solveTriangular, unsqueezeLast } from "./elimination.ts";
import {
  columnAt,
  diagonalOf,
  failingWhere,
  identity,
  type Matrix,
  matrixOf,
  namedMatrix,
  transposed,
  transposedMatrix,
  unlessEmpty,
} from "./matrix.ts";
import { matrixPower } from "./products.ts";

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
  const isBatchOfVectors =
    a.shape.length - 1 === b.shape.length && a.shape.slice(0, -1).every((d, i) => d === b.shape[i]);
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
  "aten.logdet.default": unlessEmpty(logDeterminant),
  "aten.linalg_solve_triangular.default": unlessEmpty(linalgSolveTriangular),
  "aten.triangular_solve.default": unlessEmpty(triangularSolve),
  "aten.linalg_matrix_power.default": unlessEmpty(power),
  "aten.matrix_power.default": unlessEmpty(power),
  "aten.linalg_tensorinv.default": unlessEmpty(tensorInverse),
  "aten.linalg_tensorsolve.default": unlessEmpty(tensorSolve),
};
