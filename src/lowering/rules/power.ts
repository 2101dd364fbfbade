import type { Call } from "../call.ts";
import type { Emitter } from "../emitter.ts";
import { Formula } from "../formula.ts";
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

/** Bits of the exponents of integers. */
const EXPONENT_BITS = 63;

/** By squaring, for exponents that the model computes: the native power of integers goes through floats. */
function integerPowers(emit: Emitter, call: Call): Operand {
  const f = new Formula(emit);
  const [given, exponent] = [call.operand("self"), call.operand("exponent")];
  const isOdd = (x: Operand) => f.equal(emit.op("Mod", [x, emit.like(x, 2)]), 1);
  let [base, rest, result]: [Operand, Operand, Operand] = [given, f.max(exponent, 0), f.add(f.mul(given, 0), 1)];
  for (let bit = 0; bit < EXPONENT_BITS; bit++) {
    result = f.where(isOdd(rest), f.mul(result, base), result);
    base = f.mul(base, base);
    rest = f.div(rest, 2);
  }
  const minusOne = f.where(isOdd(exponent), emit.like(given, -1), 1);
  const inverse = f.choose(
    [
      [f.equal(given, 1), 1],
      [f.equal(given, -1), minusOne],
    ],
    f.mul(given, 0),
  );
  return f.where(f.less(exponent, 0), inverse, result);
}

const power: Rule = (emit, call) => {
  const base = call.operand("self");
  if (!emit.isFloating(base)) return integerPowers(emit, call);
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
