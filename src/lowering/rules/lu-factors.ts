import type { Call } from "../call.ts";
import type { Emitter } from "../emitter.ts";
import { Formula } from "../formula.ts";
import type { Operand, ShapedOperand } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";
import {
  type Factors,
  factorize,
  isSingular,
  singularStep,
  solveFactorized,
  solveTriangular,
  swap,
} from "./elimination.ts";
import {
  columnAt,
  failingWhere,
  lowerPart,
  type Matrix,
  mask,
  namedMatrix,
  transposed,
  transposedMatrix,
  unlessEmpty,
  upperPart,
} from "./matrix.ts";

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

export const LU_FACTORS: RuleTable = {
  "aten.linalg_lu_factor.default": unlessEmpty(luFactor),
  "aten.linalg_lu_factor_ex.default": unlessEmpty(luFactor),
  "aten._lu_with_info.default": unlessEmpty(luFactor),
  "aten.linalg_lu.default": unlessEmpty(lu),
  "aten.lu_unpack.default": unlessEmpty(luUnpack),
  "aten.lu_solve.default": unlessEmpty(luSolve),
  "aten.linalg_lu_solve.default": unlessEmpty(linalgLuSolve),
};
