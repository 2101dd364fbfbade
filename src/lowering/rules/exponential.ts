import type { DType } from "../../core/index.ts";
import type { Call } from "../call.ts";
import { Formula, type Term } from "../formula.ts";
import type { Operand } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";
import { shapeVector } from "../shaping.ts";
import { logOnePlus } from "./elementwise.ts";

/** log(e^a + e^b) without overflow. */
export function logAddExp(f: Formula, a: Operand, b: Operand): Operand {
  const greater = f.max(a, b);
  const rest = logOnePlus(f.emit, f.exp(f.neg(f.abs(f.sub(a, b)))));
  const isEqualInfinity = f.and(f.isInfinite(a), f.equal(a, b));
  return f.where(isEqualInfinity, a, f.add(greater, rest));
}

/** A formula of the arguments `self` and `other`. */
export function binaryFormula(write: (f: Formula, self: Operand, other: Operand) => Operand): Rule {
  return (emit, call) => write(new Formula(emit), call.operand("self"), call.operand("other"));
}

/** A formula of the argument `name`, in the dtype of the result. */
export function unaryFormula(write: (f: Formula, x: Operand, call: Call) => Operand, name = "self"): Rule {
  return (emit, call) => write(new Formula(emit), call.operand(name), call);
}

/** `x · g(y)`: NaN where y is, else 0 where x is 0. */
function timesOrZero(g: (f: Formula, y: Operand) => Operand): Rule {
  return binaryFormula((f, x, y) => f.where(f.isNaN(y), y, f.where(f.equal(x, 0), 0, f.mul(x, g(f, y)))));
}

const logAddExp2 = binaryFormula((f, a, b) => {
  const [x, y] = [f.mul(a, Math.LN2), f.mul(b, Math.LN2)];
  return f.mul(logAddExp(f, x, y), Math.LOG2E);
});

/** Without overflow, as C's `hypot`. */
const hypotenuse = binaryFormula((f, a, b) => {
  const wide = (x: Operand): Operand => (x.dtype === "float64" ? x : f.cast(x, "float64"));
  const root = f.sqrt(f.add(f.square(wide(a)), f.square(wide(b))));
  const isInfinite = f.or(f.isInfinite(a), f.isInfinite(b));
  return f.where(isInfinite, Number.POSITIVE_INFINITY, f.cast(root, a.dtype));
});

/** Whether the sign bit is set, minus zero and NaN included; 1 / -0 tells zeros apart. */
export function hasSignBit(f: Formula, x: Operand): Operand {
  if (!f.emit.isFloating(x)) return f.less(x, 0);
  const reciprocal = f.div(1, x);
  return f.or(f.less(x, 0), f.less(reciprocal, 0));
}

const copySign = binaryFormula((f, a, b) => {
  const magnitude = f.abs(a);
  return f.where(hasSignBit(f, b), f.neg(magnitude), magnitude);
});

/** The angle of the point (x, y). */
export function angleOf(f: Formula, y: Operand, x: Operand): Operand {
  const half = f.mul(f.where(hasSignBit(f, y), f.emit.like(y, -1), 1), Math.PI);
  const quotient = f.emit.op("Atan", [f.div(y, x)]);
  const isBehind = hasSignBit(f, x);
  const turned = f.where(isBehind, f.add(quotient, half), quotient);
  const isAxis = f.equal(y, 0);
  const onAxis = f.where(isBehind, half, y);
  const diagonal = f.mul(half, f.where(isBehind, f.emit.like(x, 0.75), 0.25));
  const areInfinite = f.and(f.isInfinite(x), f.isInfinite(y));
  const found = f.choose(
    [
      [areInfinite, diagonal],
      [isAxis, onAxis],
    ],
    turned,
  );
  return f.where(f.or(f.isNaN(x), f.isNaN(y)), Number.NaN, found);
}

const sinc = unaryFormula((f, x) => {
  const angle = f.mul(x, Math.PI);
  return f.where(f.equal(x, 0), 1, f.div(f.sin(angle), angle));
});

/** −x · ln x */
const entropy = unaryFormula((f, x) => {
  const product = f.neg(f.mul(x, f.log(x)));
  return f.choose(
    [
      [f.isNaN(x), x],
      [f.greater(x, 0), product],
      [f.equal(x, 0), 0],
    ],
    f.emit.like(x, Number.NEGATIVE_INFINITY),
  );
});

const heaviside: Rule = (emit, call) => {
  const f = new Formula(emit);
  const [x, values] = [call.operand("self"), call.operand("values")];
  if (x.dtype === "bool") return f.or(x, values);
  return f.where(f.equal(x, 0), values, f.cast(f.greater(x, 0), x.dtype));
};

/** 2^other in the dtype of the result; exact where the exponent is whole. */
const scaleByPower = binaryFormula((f, x, exponent) => f.mul(x, f.pow(2, exponent)));

const floatPower: Rule = (emit, call) => {
  const [base, exponent] = call.has("self") ? ["self", "exponent"] : ["base", "exponent"];
  return emit.op("Pow", [call.operand(base ?? "self", "float64"), call.operand(exponent ?? "exponent", "float64")]);
};

/** The angle of real numbers: 0 or π. */
const realAngle = unaryFormula((f, x) => f.where(f.isNaN(x), x, f.where(f.less(x, 0), f.emit.like(x, Math.PI), 0)));

const signBit: Rule = (emit, call) => {
  const self = call.tensor("self");
  const f = new Formula(emit);
  return self.dtype === "bool" ? f.and(self, f.not(self)) : hasSignBit(f, self);
};

/** Every number that is not complex. */
const isReal: Rule = (emit, call) =>
  emit.op("Expand", [emit.constant("bool", true), shapeVector(emit, call.tensor("self"))]);

/** The exponent with which the fraction of a positive number is in [0.5, 1), in float64. */
function binaryExponent(f: Formula, magnitude: Operand): Operand {
  const guess = f.floor(f.add(f.mul(f.log(magnitude), Math.LOG2E), 1));
  const ratio = f.div(magnitude, f.pow(2, guess));
  const up = f.add(guess, f.cast(f.greaterOrEqual(ratio, 1), "float64"));
  return f.sub(up, f.cast(f.less(ratio, 0.5), "float64"));
}

/** Numbers of base 2: the fraction in [0.5, 1) and the exponent. */
const fractionAndExponent: Rule = (emit, call) => {
  const f = new Formula(emit);
  const self = call.operand("self");
  const wide = f.cast(self, "float64");
  const exponent = binaryExponent(f, f.abs(wide));
  const isPlain = f.not(f.or(f.equal(wide, 0), f.or(f.isInfinite(wide), f.isNaN(wide))));
  const fraction = f.where(isPlain, f.div(wide, f.pow(2, exponent)), wide);
  return [f.cast(fraction, self.dtype), f.cast(f.where(isPlain, exponent, 0), "int32")];
};

const SMALLEST_FLOAT = 2 ** -149;
const GREATEST_FLOAT = (2 - 2 ** -23) * 2 ** 127;

/** How far the next float32 above a magnitude is, and the next below. */
function gaps(f: Formula, magnitude: Operand): { readonly above: Operand; readonly below: Operand } {
  const exponent = f.max(binaryExponent(f, f.max(magnitude, SMALLEST_FLOAT)), -125);
  const above = f.pow(2, f.sub(exponent, 24));
  const isPower = f.and(f.equal(magnitude, f.pow(2, f.sub(exponent, 1))), f.greater(exponent, -125));
  return { above, below: f.where(isPower, f.mul(above, 0.5), above) };
}

/** The neighbour among the float32 numbers, computed in float64. */
const nextAfter: Rule = (emit, call) => {
  const f = new Formula(emit);
  if (call.result().dtype !== "float32") return call.refuse(`the neighbours of ${call.result().dtype} numbers`);
  const [self, other] = [call.operand("self"), call.operand("other")];
  const [x, y] = [f.cast(self, "float64"), f.cast(other, "float64")];
  const magnitude = f.min(f.abs(x), GREATEST_FLOAT);
  const { above, below } = gaps(f, magnitude);
  const isUp = f.greater(y, x);
  const grows = f.or(f.equal(x, 0), f.equal(isUp, f.greater(x, 0)));
  const moved = f.where(grows, f.add(magnitude, above), f.sub(magnitude, below));
  const next = f.where(f.isInfinite(x), GREATEST_FLOAT, moved);
  const isNegative = f.or(f.less(x, 0), f.and(f.equal(x, 0), f.not(isUp)));
  const signed = f.cast(f.where(isNegative, f.neg(next), next), "float32");
  const isUnknown = f.or(f.isNaN(x), f.isNaN(y));
  return f.where(isUnknown, f.add(self, other), f.where(f.equal(x, y), other, signed));
};

const CLOSENESS = ["rtol", "atol"] as const;

/** |a − b| ≤ atol + rtol · |b|, both finite, or equal. */
const isClose: Rule = (emit, call) => {
  const f = new Formula(emit);
  const dtype = call.promoted("self", "other");
  const [a, b] = [call.operand("self", dtype), call.operand("other", dtype)];
  const [relative, absolute] = CLOSENESS.map((name) => call.number(name));
  const isSame = f.equal(a, b);
  const isFloating = emit.isFloating(a);
  if (!isFloating && relative === 0 && absolute === 0) return isSame;
  const exact: DType = isFloating ? dtype : "float32";
  const allowed: Term = f.add(f.abs(f.mul(f.cast(b, exact), relative ?? 0)), absolute ?? 0);
  const distance = f.abs(f.sub(f.cast(a, exact), f.cast(b, exact)));
  const isNear = f.and(f.lessOrEqual(distance, allowed), f.not(f.isInfinite(distance)));
  const close = f.or(isSame, isNear);
  return isFloating && call.boolean("equal_nan") ? f.or(close, f.and(f.isNaN(a), f.isNaN(b))) : close;
};

function overloads(operator: string, names: readonly string[], rule: Rule): RuleTable {
  return Object.fromEntries(names.map((name) => [`aten.${operator}.${name}`, rule]));
}

const WITH_SCALARS = ["default", "self_scalar", "other_scalar"];

export const EXPONENTIAL: RuleTable = {
  "aten.logaddexp.default": binaryFormula(logAddExp),
  "aten.logaddexp2.default": logAddExp2,
  "aten.hypot.default": hypotenuse,
  ...overloads("copysign", ["Tensor", "Scalar"], copySign),
  "aten.atan2.default": binaryFormula(angleOf),
  "aten.sinc.default": sinc,
  "aten.special_entr.default": entropy,
  "aten.heaviside.default": heaviside,
  "aten.ldexp.Tensor": scaleByPower,
  ...overloads("float_power", ["Tensor_Tensor", "Scalar", "Tensor_Scalar"], floatPower),
  "aten.angle.default": realAngle,
  "aten.signbit.default": signBit,
  "aten.isreal.default": isReal,
  "aten.frexp.Tensor": fractionAndExponent,
  "aten.nextafter.default": nextAfter,
  "aten.isclose.default": isClose,
  ...overloads(
    "xlogy",
    ["Tensor", "Scalar_Self", "Scalar_Other"],
    timesOrZero((f, y) => f.log(y)),
  ),
  ...overloads(
    "special_xlogy",
    WITH_SCALARS,
    timesOrZero((f, y) => f.log(y)),
  ),
  ...overloads(
    "special_xlog1py",
    WITH_SCALARS,
    timesOrZero((f, y) => logOnePlus(f.emit, y)),
  ),
};
