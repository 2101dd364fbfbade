import type { Call } from "../call.ts";
import type { Emitter } from "../emitter.ts";
import type { Operand } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";
import { truncate } from "./elementwise.ts";

/** What integers are divided by. The CPU traps on 0 and on the least integer by -1, which would end the process. */
export interface Divisor {
  readonly value: Operand;
  /** `value`, never 0 or -1. */
  readonly safe: Operand;
  /** Where `value` is -1; undefined when it never is. */
  readonly isMinusOne?: Operand;
}

/** `divisor` itself, in a way that fails the run when any of it is 0: PyTorch raises an error then. */
function failingOnZero(emit: Emitter, divisor: Operand): Operand {
  const isZero = emit.op("Equal", [divisor, emit.like(divisor, 0)]);
  const zeros = emit.op("ReduceSum", [emit.cast(isZero, "int64")], { keepdims: 0 });
  const outOfBounds = emit.op("Gather", [emit.constant(divisor.dtype, [0]), zeros], { axis: 0 });
  return emit.op("Add", [divisor, outOfBounds]);
}

function integerDivisor(emit: Emitter, call: Call, name: string): Divisor {
  const value = call.operand(name);
  if (call.isNumber(name) && call.number(name) === 0) return call.refuse("an integer divided by 0");
  if (call.isNumber(name) && call.number(name) !== -1) return { value, safe: value };
  const nonZero = failingOnZero(emit, value);
  if (value.dtype === "uint8") return { value, safe: nonZero };
  const isMinusOne = emit.op("Equal", [value, emit.like(value, -1)]);
  return { value, safe: emit.op("Where", [isMinusOne, emit.like(value, 1), nonZero]), isMinusOne };
}

/** The quotient of integers, rounded towards zero. */
export function integerQuotient(emit: Emitter, dividend: Operand, { safe, isMinusOne }: Divisor): Operand {
  const quotient = emit.op("Div", [dividend, safe]);
  return isMinusOne ? emit.op("Where", [isMinusOne, emit.op("Neg", [quotient]), quotient]) : quotient;
}

/** Where `remainder` is not zero and not of the sign of `divisor`. */
function isOppositeSign(emit: Emitter, remainder: Operand, divisor: Operand): Operand {
  const isNegative = (operand: Operand) => emit.op("Less", [operand, emit.like(operand, 0)]);
  const isZero = emit.op("Equal", [remainder, emit.like(remainder, 0)]);
  return emit.op("And", [emit.op("Not", [isZero]), emit.op("Xor", [isNegative(remainder), isNegative(divisor)])]);
}

function integerFloor(emit: Emitter, dividend: Operand, divisor: Divisor): Operand {
  const quotient = integerQuotient(emit, dividend, divisor);
  const remainder = emit.op("Sub", [dividend, emit.op("Mul", [quotient, divisor.value])]);
  const excess = emit.cast(isOppositeSign(emit, remainder, divisor.value), quotient.dtype);
  return emit.op("Sub", [quotient, excess]);
}

/** Integers divided by positive integers, rounded down. */
export function floorOfQuotient(emit: Emitter, dividend: Operand, divisor: Operand): Operand {
  return integerFloor(emit, dividend, { value: divisor, safe: divisor });
}

/** PyTorch's `div_floor`: exact near whole quotients, where the floor of the rounded quotient is not. */
function floatFloor(emit: Emitter, dividend: Operand, divisor: Operand): Operand {
  const remainder = emit.op("Mod", [dividend, divisor], { fmod: 1 });
  const exact = emit.op("Div", [emit.op("Sub", [dividend, remainder]), divisor]);
  const excess = emit.cast(isOppositeSign(emit, remainder, divisor), dividend.dtype);
  const quotient = emit.op("Sub", [exact, excess]);
  const floor = emit.op("Floor", [quotient]);
  const isBelow = emit.op("Greater", [emit.op("Sub", [quotient, floor]), emit.like(floor, 0.5)]);
  const rounded = emit.op("Add", [floor, emit.cast(isBelow, floor.dtype)]);
  const isZero = emit.op("Equal", [divisor, emit.like(divisor, 0)]);
  return emit.op("Where", [isZero, emit.op("Div", [dividend, divisor]), rounded]);
}

const trueQuotient: Rule = (emit, call) => emit.op("Div", [call.operand("self"), call.operand("other")]);

const truncatedQuotient: Rule = (emit, call) => {
  const dividend = call.operand("self");
  if (!emit.isFloating(dividend)) return integerQuotient(emit, dividend, integerDivisor(emit, call, "other"));
  return truncate(emit, emit.op("Div", [dividend, call.operand("other")]));
};

/** Rounded down, as Python's `//`. */
export function floorQuotient(first: string, second: string): Rule {
  return (emit, call) => {
    const dividend = call.operand(first);
    if (!emit.isFloating(dividend)) return integerFloor(emit, dividend, integerDivisor(emit, call, second));
    return floatFloor(emit, dividend, call.operand(second));
  };
}

const ROUNDED: ReadonlyMap<string, Rule> = new Map([
  ["trunc", truncatedQuotient],
  ["floor", floorQuotient("self", "other")],
]);

const roundedQuotient: Rule = (emit, call) => {
  if (!call.has("rounding_mode")) return trueQuotient(emit, call);
  const mode = call.string("rounding_mode");
  const rule = ROUNDED.get(mode) ?? call.refuse(`rounding_mode ${mode}`);
  return rule(emit, call);
};

/** With the sign of the divisor, as Python's `%`. */
export function remainder(first: string, second: string): Rule {
  return (emit, call) => {
    const dividend = call.operand(first);
    if (!emit.isFloating(dividend)) return emit.op("Mod", [dividend, integerDivisor(emit, call, second).safe]);
    const divisor = call.operand(second);
    const truncated = emit.op("Mod", [dividend, divisor], { fmod: 1 });
    const corrected = emit.op("Add", [truncated, divisor]);
    return emit.op("Where", [isOppositeSign(emit, truncated, divisor), corrected, truncated]);
  };
}

/** With the sign of the dividend, as C's `fmod`. */
const truncatedRemainder: Rule = (emit, call) => {
  const dividend = call.operand("self");
  if (emit.isFloating(dividend)) return emit.op("Mod", [dividend, call.operand("other")], { fmod: 1 });
  const divisor = integerDivisor(emit, call, "other");
  const quotient = integerQuotient(emit, dividend, divisor);
  return emit.op("Sub", [dividend, emit.op("Mul", [quotient, divisor.value])]);
};

function overloads(operator: string, names: readonly string[], rule: Rule): RuleTable {
  return Object.fromEntries(names.map((name) => [`aten.${operator}.${name}`, rule]));
}

export const DIVISION: RuleTable = {
  ...overloads("div", ["Tensor", "Scalar"], trueQuotient),
  ...overloads("div", ["Tensor_mode", "Scalar_mode"], roundedQuotient),
  ...overloads("floor_divide", ["default", "Scalar"], floorQuotient("self", "other")),
  ...overloads("remainder", ["Tensor", "Scalar", "Scalar_Tensor"], remainder("self", "other")),
  ...overloads("fmod", ["Tensor", "Scalar"], truncatedRemainder),
};
