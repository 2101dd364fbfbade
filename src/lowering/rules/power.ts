import type { Call } from "../call.ts";
import type { Emitter } from "../emitter.ts";
import type { Operand } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";

/** By squaring; wraps around as integers do. `exponent` is whole and at least 1. */
function wholePower(emit: Emitter, base: Operand, exponent: number): Operand {
  if (exponent === 1) return base;
  const half = wholePower(emit, base, Math.floor(exponent / 2));
  const square = emit.op("Mul", [half, half]);
  return exponent % 2 === 0 ? square : emit.op("Mul", [square, base]);
}

function integerPower(emit: Emitter, call: Call, base: Operand): Operand {
  const exponent = call.number("exponent");
  if (exponent < 0) return call.refuse("an integer to a negative power");
  if (exponent > 0) return wholePower(emit, base, exponent);
  return emit.op("Add", [emit.op("Mul", [base, emit.like(base, 0)]), emit.like(base, 1)]);
}

/** The exponents that PyTorch does not compute by `pow`. */
const SPECIAL: Readonly<Record<string, (emit: Emitter, base: Operand) => Operand>> = {
  "0.5": (emit, base) => emit.op("Sqrt", [base]),
  "-0.5": (emit, base) => emit.op("Reciprocal", [emit.op("Sqrt", [base])]),
  "1": (_, base) => base,
  "2": (emit, base) => wholePower(emit, base, 2),
  "3": (emit, base) => wholePower(emit, base, 3),
  "-1": (emit, base) => emit.op("Reciprocal", [base]),
  "-2": (emit, base) => emit.op("Reciprocal", [wholePower(emit, base, 2)]),
};

/** The native power of integers goes through floats. */
const power: Rule = (emit, call) => {
  const base = call.operand("self");
  if (!emit.isFloating(base)) return call.refuse("integers to the power of integers that the model computes");
  return emit.op("Pow", [base, call.operand("exponent")]);
};

const powerOfNumber: Rule = (emit, call) => {
  if (!call.isNumber("exponent")) return power(emit, call);
  const base = call.operand("self");
  if (!emit.isFloating(base)) return integerPower(emit, call, base);
  const special = SPECIAL[String(call.number("exponent"))];
  return special ? special(emit, base) : emit.op("Pow", [base, call.operand("exponent")]);
};

export const POWER: RuleTable = {
  "aten.pow.Tensor_Scalar": powerOfNumber,
  "aten.pow.Tensor_Tensor": power,
  "aten.pow.Scalar": power,
};
