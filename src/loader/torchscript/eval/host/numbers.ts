import { arithmetic, isArithmetic, negate, not, toBool, toFloat, toInt } from "../arithmetic.ts";
import { hasText, textOf } from "../text.ts";
import { isKnownNumber, type NumberValue, type ScalarValue, TensorValue } from "../values.ts";
import { type HostCall, type HostRule, type HostRules, ruleIn } from "./host-rule.ts";
import { numberTensor } from "./number-tensors.ts";
import { roundHalfEven } from "./round-half-even.ts";

/** Functions of one float that is known now. */
const FLOATS: Readonly<Record<string, (value: number) => number>> = {
  sqrt: Math.sqrt,
  exp: Math.exp,
  log: Math.log,
  log2: Math.log2,
  log10: Math.log10,
  log1p: Math.log1p,
  expm1: Math.expm1,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  tanh: Math.tanh,
  fabs: Math.abs,
};

function whole(
  call: HostCall,
  known: (value: number) => number,
  computed: (value: ScalarValue) => NumberValue,
): NumberValue {
  const value = call.number(0);
  if (typeof value === "bigint") return value;
  if (isKnownNumber(value)) return toInt(call.session, known(Number(value)));
  return value.dtype === "float64" ? computed(value) : value;
}

/** Rounded down: through a division, whose quotient is a whole float. */
function floored(call: HostCall, value: NumberValue): NumberValue {
  return toInt(call.session, arithmetic(call.session, "floordiv", value, 1));
}

const floor: HostRule = (call) => whole(call, Math.floor, (value) => floored(call, value));
const ceil: HostRule = (call) =>
  whole(call, Math.ceil, (value) => negate(call.session, floored(call, negate(call.session, value))));

const round: HostRule = (call) => {
  const value = call.number(0);
  if (call.args.length > 1 || !isKnownNumber(value)) return call.undecided("a number");
  return roundHalfEven(Number(value));
};

const squareRoot: HostRule = (call) => {
  const value = call.number(0);
  if (isKnownNumber(value)) return Math.sqrt(Number(value));
  return call.session.emitScalar("torch._sym_sqrt", { a: toFloat(call.session, value) });
};

function ofFloat(compute: (value: number) => number | boolean): HostRule {
  return (call) => {
    const value = call.number(0);
    return isKnownNumber(value) && call.args.length === 1 ? compute(Number(value)) : call.undecided("a number");
  };
}

const absolute: HostRule = (call) => {
  const value = call.number(0);
  if (isKnownNumber(value)) return Number(value) < 0 ? negate(call.session, value) : value;
  return arithmetic(call.session, "max", value, negate(call.session, value));
};

/** How often `range(start, end, step)` gives a number. */
const rangeLength: HostRule = (call) => {
  const { session } = call;
  const [start, end, step] = [call.number(0), call.number(1), call.int(2)];
  if (step === 0) return call.unfit("a step of 0");
  const span = step > 0 ? arithmetic(session, "sub", end, start) : arithmetic(session, "sub", start, end);
  const stride = BigInt(Math.abs(step));
  const count = arithmetic(session, "floordiv", arithmetic(session, "add", span, stride - 1n), stride);
  return arithmetic(session, "max", count, 0n);
};

const derivedIndex: HostRule = (call) => {
  const { session } = call;
  return arithmetic(session, "add", call.number(1), arithmetic(session, "mul", call.number(0), call.number(2)));
};

const binary: HostRule = (call) => {
  const [, other] = call.args;
  if (other === null) return call.name === "eq" ? false : call.name === "ne" ? true : call.unfit("None");
  return other instanceof TensorValue ? undefined : arithmetic(call.session, call.name, call.number(0), call.number(1));
};

const text: HostRule = (call) => {
  const value = call.argument(0);
  const { fuel } = call.session;
  return hasText(fuel, value) ? textOf(fuel, value) : call.undecided("a number");
};

/** Operators whose first argument is a number; those of two operands are `isArithmetic`. */
const NUMBERS: HostRules = {
  ...Object.fromEntries(Object.entries(FLOATS).map(([name, compute]) => [name, ofFloat(compute)])),
  sqrt: squareRoot,
  floor,
  ceil,
  trunc: (call) => toInt(call.session, call.number(0)),
  round,
  neg: (call) => negate(call.session, call.number(0)),
  abs: absolute,
  __not__: (call) => not(call.session, call.number(0)),
  Bool: (call) => toBool(call.session, call.number(0)),
  Int: (call) => toInt(call.session, call.number(0)),
  Float: (call) => toFloat(call.session, call.number(0)),
  str: text,
  isnan: ofFloat(Number.isNaN),
  isinf: ofFloat((value) => Math.abs(value) === Number.POSITIVE_INFINITY),
  isfinite: ofFloat(Number.isFinite),
  pow: (call) =>
    call.args[1] instanceof TensorValue ? undefined : arithmetic(call.session, "pow", call.number(0), call.number(1)),
  __range_length: rangeLength,
  __derive_index: derivedIndex,
  NumToTensor: (call) => numberTensor(call.session, call.number(0)),
};

export function numberRule(name: string): HostRule | undefined {
  return ruleIn(NUMBERS, name) ?? (isArithmetic(name) ? binary : undefined);
}
