import type { Emitter } from "../emitter.ts";
import { Formula } from "../formula.ts";
import type { Operand } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";
import { reshapeTo } from "../shaping.ts";
import { extentOf, extremum, reduce } from "./reduction.ts";

const countNonZero: Rule = (emit, call) =>
  reduce(emit, "ReduceSum", emit.cast(call.operand("self", "bool"), "int64"), extentOf(call));

const leastAndGreatest: Rule = (emit, call) => {
  const self = call.tensor("self");
  const found = (op: "ReduceMin" | "ReduceMax") => extremum(emit, op, self, extentOf(call));
  return [found("ReduceMin"), found("ReduceMax")];
};

function withoutNaN(f: Formula, x: Operand): Operand {
  return f.emit.isFloating(x) ? f.where(f.isNaN(x), 0, x) : x;
}

const sumOfKnown: Rule = (emit, call) => {
  const f = new Formula(emit);
  return reduce(emit, "ReduceSum", emit.cast(withoutNaN(f, call.tensor("self")), call.dtype), extentOf(call));
};

const meanOfKnown: Rule = (emit, call) => {
  const f = new Formula(emit);
  const self = call.tensor("self");
  const sum = reduce(emit, "ReduceSum", emit.cast(withoutNaN(f, self), call.dtype), extentOf(call));
  const counts = emit.cast(f.not(f.isNaN(self)), call.dtype);
  return f.div(sum, reduce(emit, "ReduceSum", counts, extentOf(call)));
};

/** How often each whole number occurs, or the sums of their weights; as many as the greatest asks for. */
const binCount: Rule = (emit, call) => {
  const f = new Formula(emit);
  const values = emit.cast(call.tensor("self"), "int64");
  const least = emit.int64(call.size("minlength"));
  const padded = emit.op("Concat", [values, emit.int64s([-1])], { axis: 0 });
  const size = f.max(f.add(emit.op("ReduceMax", [padded], { keepdims: 0 }), 1), least);
  const zeros = emit.op("Expand", [emit.constant(call.dtype, 0), reshapeTo(emit, size, [1])]);
  const ones = emit.op("Expand", [emit.constant(call.dtype, 1), emit.op("Shape", [values])]);
  const weights = call.has("weights") ? call.operand("weights") : ones;
  return emit.op("ScatterElements", [zeros, values, weights], { axis: 0, reduction: "add" });
};

/** Euclid's algorithm takes at most this many steps for numbers of 64 bits. */
const EUCLID_STEPS = 92;

/** The greatest common divisor; 0 with 0 gives 0. */
function commonDivisor(f: Formula, first: Operand, second: Operand): Operand {
  let [a, b] = [f.abs(first), f.abs(second)];
  for (let i = 0; i < EUCLID_STEPS; i++) {
    const isDone = f.equal(b, 0);
    const rest = f.emit.op("Mod", [a, f.where(isDone, 1, b)]);
    [a, b] = [f.where(isDone, a, b), f.where(isDone, 0, rest)];
  }
  return a;
}

const greatestDivisor: Rule = (emit, call) =>
  commonDivisor(new Formula(emit), call.operand("self"), call.operand("other"));

const leastMultiple: Rule = (emit, call) => {
  const f = new Formula(emit);
  const [a, b] = [call.operand("self"), call.operand("other")];
  const divisor = commonDivisor(f, a, b);
  const safe = f.where(f.equal(divisor, 0), 1, divisor);
  return f.abs(f.mul(f.div(a, safe), b));
};

/** 2^0 to 2^62, and -2^63, by which shifts multiply. */
function powersOfTwo(emit: Emitter): Operand {
  const powers = Array.from({ length: 64 }, (_, i) => BigInt.asIntN(64, 1n << BigInt(i)));
  return emit.constant("int64", powers, [64]);
}

const BITS: Readonly<Record<string, number>> = { int64: 64, int32: 32, int16: 16, int8: 8, uint8: 8 };

/** Shifts beyond the width, and negative ones, leave nothing. */
const shiftLeft: Rule = (emit, call) => {
  const f = new Formula(emit);
  const width = BITS[call.dtype] ?? call.refuse(`shifts of ${call.dtype}`);
  const [x, by] = [emit.cast(call.operand("self"), "int64"), emit.cast(call.operand("other"), "int64")];
  const isValid = f.and(f.greaterOrEqual(by, 0), f.less(by, width));
  const power = emit.op("Gather", [powersOfTwo(emit), f.where(isValid, by, 0)], { axis: 0 });
  return f.where(isValid, f.mul(x, power), 0);
};

/** Rounds down; shifts beyond the width, and negative ones, leave only the sign. */
const shiftRight: Rule = (emit, call) => {
  const f = new Formula(emit);
  const width = BITS[call.dtype] ?? call.refuse(`shifts of ${call.dtype}`);
  const [x, by] = [emit.cast(call.operand("self"), "int64"), emit.cast(call.operand("other"), "int64")];
  const isValid = f.and(f.greaterOrEqual(by, 0), f.less(by, width - 1));
  const power = emit.op("Gather", [powersOfTwo(emit), f.where(isValid, by, 0)], { axis: 0 });
  const isNegative = f.less(x, 0);
  const flipped = emit.op("BitwiseNot", [x]);
  const quotient = f.div(f.where(isNegative, flipped, x), power);
  const shifted = f.where(isNegative, emit.op("BitwiseNot", [quotient]), quotient);
  const sign = f.where(isNegative, f.mul(emit.cast(isNegative, "int64"), -1), 0);
  return f.where(isValid, shifted, sign);
};

function overloads(operator: string, names: readonly string[], rule: Rule): RuleTable {
  return Object.fromEntries(names.map((name) => [`aten.${operator}.${name}`, rule]));
}

const SHIFTS = ["Tensor", "Tensor_Scalar", "Scalar_Tensor"];

export const COUNTING: RuleTable = {
  "aten.count_nonzero.default": countNonZero,
  "aten.count_nonzero.dim_IntList": countNonZero,
  "aten.aminmax.default": leastAndGreatest,
  "aten.nansum.default": sumOfKnown,
  "aten.nanmean.default": meanOfKnown,
  "aten.bincount.default": binCount,
  "aten.gcd.default": greatestDivisor,
  "aten.lcm.default": leastMultiple,
  ...overloads("bitwise_left_shift", SHIFTS, shiftLeft),
  ...overloads("__lshift__", ["Tensor", "Scalar"], shiftLeft),
  ...overloads("bitwise_right_shift", SHIFTS, shiftRight),
  ...overloads("__rshift__", ["Tensor", "Scalar"], shiftRight),
};
