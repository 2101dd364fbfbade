import type { Dim } from "../../../core/index.ts";
import { GIVE_SIZES, type Session } from "./session.ts";
import { compareSizes } from "./size-order.ts";
import { isKnownNumber, type NumberValue, ScalarValue } from "./values.ts";

type Known = boolean | bigint | number;
type IntRule = (a: bigint, b: bigint) => bigint | number | boolean;
type FloatRule = (a: number, b: number) => number | boolean;

interface Operation {
  readonly ints: IntRule | undefined;
  readonly floats: FloatRule | undefined;
  /** The node that computes it from numbers that the graph computes. */
  readonly target: string | undefined;
}

const int64 = (value: bigint): bigint => BigInt.asIntN(64, value);

function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b !== 0n && a < 0n !== b < 0n ? quotient - 1n : quotient;
}

/** As TorchScript has it, which is not quite as Python. */
function floorQuotient(a: number, b: number): number {
  return Math.floor(a / b);
}

function remainder(a: number, b: number): number {
  return (b + (a % b)) % b;
}

function compared(name: string, holds: (order: number) => boolean): Operation {
  const decide = (a: bigint | number, b: bigint | number) => {
    if (Number.isNaN(a) || Number.isNaN(b)) return name === "ne";
    return holds(a < b ? -1 : a > b ? 1 : 0);
  };
  return { ints: decide, floats: decide, target: `_operator.${name}` };
}

function bitwise(ints: (a: bigint, b: bigint) => bigint, target?: string): Operation {
  return { ints: (a, b) => int64(ints(a, b)), floats: undefined, target };
}

function operation(ints: IntRule | undefined, floats: FloatRule | undefined, target: string | undefined): Operation {
  return { ints, floats, target };
}

/** By the name of the operator of two numbers. Division by zero is looked for before. */
const OPERATIONS: ReadonlyMap<string, Operation> = new Map([
  [
    "add",
    operation(
      (a, b) => int64(a + b),
      (a, b) => a + b,
      "_operator.add",
    ),
  ],
  [
    "sub",
    operation(
      (a, b) => int64(a - b),
      (a, b) => a - b,
      "_operator.sub",
    ),
  ],
  [
    "mul",
    operation(
      (a, b) => int64(a * b),
      (a, b) => a * b,
      "_operator.mul",
    ),
  ],
  [
    "div",
    operation(
      (a, b) => Number(a) / Number(b),
      (a, b) => a / b,
      "_operator.truediv",
    ),
  ],
  ["floordiv", operation(floorDivide, floorQuotient, "_operator.floordiv")],
  ["remainder", operation((a, b) => a - b * floorDivide(a, b), remainder, "_operator.mod")],
  [
    "fmod",
    operation(
      (a, b) => Number(a % b),
      (a, b) => a % b,
      undefined,
    ),
  ],
  [
    "pow",
    operation(
      (a, b) => Number(a) ** Number(b),
      (a, b) => a ** b,
      undefined,
    ),
  ],
  ["min", operation((a, b) => (a < b ? a : b), Math.min, "torch.sym_min")],
  ["max", operation((a, b) => (a > b ? a : b), Math.max, "torch.sym_max")],
  ["eq", compared("eq", (order) => order === 0)],
  ["ne", compared("ne", (order) => order !== 0)],
  ["lt", compared("lt", (order) => order < 0)],
  ["le", compared("le", (order) => order <= 0)],
  ["gt", compared("gt", (order) => order > 0)],
  ["ge", compared("ge", (order) => order >= 0)],
  ["__and__", bitwise((a, b) => a & b, "_operator.and_")],
  ["__or__", bitwise((a, b) => a | b, "_operator.or_")],
  ["__xor__", bitwise((a, b) => a ^ b)],
  ["__lshift__", bitwise((a, b) => a << (b & 63n))],
  ["__rshift__", bitwise((a, b) => a >> (b & 63n))],
]);

const DIVISIONS: ReadonlySet<string> = new Set(["div", "floordiv", "remainder", "fmod"]);
const LOGICAL: ReadonlySet<string> = new Set(["__and__", "__or__", "__xor__", "eq", "ne"]);

export function isArithmetic(name: string): boolean {
  return OPERATIONS.has(name);
}

/** The size that a number is; undefined when it is not a whole number that is known in terms of sizes. */
export function dimOf(value: NumberValue): Dim | undefined {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : undefined;
  if (!(value instanceof ScalarValue)) return undefined;
  const { type } = value.value;
  return type.kind === "scalar" ? type.dim : undefined;
}

function isFloat(value: NumberValue): boolean {
  return typeof value === "number" || (value instanceof ScalarValue && value.dtype === "float64");
}

function known(session: Session, name: string, a: Known, b: Known): Known {
  const { ints, floats } = OPERATIONS.get(name) ?? {};
  if (DIVISIONS.has(name) && Number(b) === 0 && !(name === "fmod" && isFloat(a))) {
    return session.refuse("a division by zero, which PyTorch refuses too,", "check the sizes of the inputs");
  }
  if (!isFloat(a) && !isFloat(b)) {
    const result = ints?.(BigInt(a), BigInt(b));
    const isTruth = typeof a === "boolean" && typeof b === "boolean" && LOGICAL.has(name);
    if (result !== undefined) return isTruth ? Boolean(result) : result;
  }
  return floats?.(Number(a), Number(b)) ?? session.refuse(`${name} of floats`, "use numbers of one type");
}

function decided(session: Session, name: string, a: NumberValue, b: NumberValue): boolean | undefined {
  const [left, right] = [dimOf(a), dimOf(b)];
  if (left === undefined || right === undefined) return undefined;
  return compareSizes(name, left, right, (symbol) => session.range(symbol));
}

/** A number as a float, when the other operand is one. */
export function toFloat(session: Session, value: NumberValue): number | ScalarValue {
  if (isKnownNumber(value)) return Number(value);
  if (value.dtype === "float64") return value;
  const whole = value.dtype === "bool" ? toInt(session, value) : value;
  if (isKnownNumber(whole)) return Number(whole);
  return session.emitScalar("torch.sym_float", { a: whole }) as ScalarValue;
}

/** Towards zero. */
export function toInt(session: Session, value: NumberValue): bigint | ScalarValue {
  if (isKnownNumber(value)) {
    if (typeof value !== "number") return BigInt(value);
    return Number.isFinite(value)
      ? BigInt(Math.trunc(value))
      : session.refuse(`int() of ${value}`, "use finite numbers");
  }
  if (value.dtype === "int64") return value;
  if (value.dtype === "bool") return session.emitScalar("torch.sym_ite", { b: value, t: 1n, f: 0n });
  return session.emitScalar("torch.sym_int", { a: value });
}

/** Whether a number is not zero. */
export function toBool(session: Session, value: NumberValue): boolean | ScalarValue {
  if (isKnownNumber(value)) return Boolean(value);
  if (value.dtype === "bool") return value;
  return arithmetic(session, "ne", value, isFloat(value) ? 0 : 0n) as boolean | ScalarValue;
}

export function negate(session: Session, value: NumberValue): NumberValue {
  if (typeof value === "number") return -value;
  return arithmetic(session, "sub", isFloat(value) ? 0 : 0n, value);
}

export function not(session: Session, value: NumberValue): boolean | ScalarValue {
  const truth = toBool(session, value);
  if (typeof truth === "boolean") return !truth;
  return session.emitScalar("torch.sym_not", { a: truth }) as ScalarValue;
}

/** What `torch.NAME(a, b)` gives for numbers. */
export function arithmetic(session: Session, name: string, a: NumberValue, b: NumberValue): NumberValue {
  if (isKnownNumber(a) && isKnownNumber(b)) return known(session, name, a, b);
  const decision = decided(session, name, a, b);
  if (decision !== undefined) return decision;
  const target = OPERATIONS.get(name)?.target;
  if (target === undefined)
    return session.refuse(`${name} of numbers that the inputs decide`, `${GIVE_SIZES}, or compute it with tensors`);
  const isMixed = isFloat(a) !== isFloat(b) || name === "div";
  const [left, right] = isMixed ? [toFloat(session, a), toFloat(session, b)] : [a, b];
  return session.emitScalar(target, { a: left, b: right });
}
