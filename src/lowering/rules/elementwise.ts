import { DTYPES, type DType } from "../../core/index.ts";
import type { Emitter } from "../emitter.ts";
import type { OnnxOpName } from "../onnx-ops.ts";
import type { Operand } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";

/** One ONNX operator on `self`, converted to the dtype of the result first: integers become floats where PyTorch does that. */
export function unary(op: OnnxOpName): Rule {
  return (emit, call) => emit.op(op, [call.operand("self")]);
}

/** A composition on `self`, converted as by {@link unary}. */
function composed(compose: (emit: Emitter, self: Operand) => Operand): Rule {
  return (emit, call) => compose(emit, call.operand("self"));
}

function times(factor: number): Rule {
  return composed((emit, self) => emit.op("Mul", [self, emit.like(self, factor)]));
}

/** The natural logarithm times `factor`. */
function logarithm(factor: number): Rule {
  return composed((emit, self) => emit.op("Mul", [emit.op("Log", [self]), emit.like(self, factor)]));
}

/** Integers are whole already. */
function rounding(round: (emit: Emitter, self: Operand) => Operand): Rule {
  return composed((emit, self) => (emit.isFloating(self) ? round(emit, self) : self));
}

export function truncate(emit: Emitter, operand: Operand): Operand {
  const isNegative = emit.op("Less", [operand, emit.like(operand, 0)]);
  return emit.op("Where", [isNegative, emit.op("Ceil", [operand]), emit.op("Floor", [operand])]);
}

/** 0 of NaN. */
function sign(emit: Emitter, x: Operand): Operand {
  if (!emit.isFloating(x)) return emit.op("Sign", [x]);
  const is = (op: "Greater" | "Less") => emit.cast(emit.op(op, [x, emit.like(x, 0)]), x.dtype);
  return emit.op("Sub", [is("Greater"), is("Less")]);
}

/** e^x − 1 = tanh(x/2) · (e^x + 1), which does not cancel near zero. */
function expMinusOne(emit: Emitter, x: Operand): Operand {
  const half = emit.op("Tanh", [emit.op("Mul", [x, emit.like(x, 0.5)])]);
  return emit.op("Mul", [half, emit.op("Add", [emit.op("Exp", [x]), emit.like(x, 1)])]);
}

/** log(1 + x), corrected for what 1 + x rounds away (Kahan). */
export function logOnePlus(emit: Emitter, x: Operand): Operand {
  const one = emit.like(x, 1);
  const sum = emit.op("Add", [x, one]);
  const lost = emit.op("Div", [x, emit.op("Sub", [sum, one])]);
  const corrected = emit.op("Mul", [emit.op("Log", [sum]), lost]);
  const isExact = emit.op("Or", [emit.op("Equal", [sum, one]), emit.op("IsInf", [x], { detect_negative: 0 })]);
  return emit.op("Where", [isExact, x, corrected]);
}

const roundDecimals: Rule = (emit, call) => {
  const self = call.operand("self");
  if (!emit.isFloating(self)) return self;
  if (call.number("decimals") === 0) return emit.op("Round", [self]);
  const scale = emit.like(self, 10 ** Math.abs(call.number("decimals")));
  const [up, down]: readonly OnnxOpName[] = call.number("decimals") < 0 ? ["Div", "Mul"] : ["Mul", "Div"];
  return emit.op(down ?? "Div", [emit.op("Round", [emit.op(up ?? "Mul", [self, scale])]), scale]);
};

const logit: Rule = (emit, call) => {
  const self = call.operand("self");
  const eps = call.has("eps") ? call.number("eps") : undefined;
  const x = eps === undefined ? self : emit.op("Clip", [self, emit.like(self, eps), emit.like(self, 1 - eps)]);
  return emit.op("Log", [emit.op("Div", [x, emit.op("Sub", [emit.like(x, 1), x])])]);
};

/** In float64 by its formula: the runtime would fuse the operator into others that float64 has no kernel for. */
export function sigmoid(emit: Emitter, x: Operand): Operand {
  if (x.dtype !== "float64") return emit.op("Sigmoid", [x]);
  const power = emit.op("Exp", [emit.op("Neg", [x])]);
  return emit.op("Reciprocal", [emit.op("Add", [power, emit.like(x, 1)])]);
}

const LARGEST: Readonly<Partial<Record<DType, number>>> = {
  float16: 65504,
  bfloat16: 3.3895313892515355e38,
  float32: 3.4028234663852886e38,
  float64: Number.MAX_VALUE,
};

const replaceNonFinite: Rule = (emit, call) => {
  const self = call.operand("self");
  if (!emit.isFloating(self)) return self;
  const largest = LARGEST[call.result().dtype] ?? call.refuse(`dtype ${call.result().dtype}`);
  const value = (name: string, fallback: number) => emit.like(self, call.has(name) ? call.number(name) : fallback);
  const isInfinite = (sign: "positive" | "negative") =>
    emit.op("IsInf", [self], { [sign === "positive" ? "detect_negative" : "detect_positive"]: 0 });
  const known = emit.op("Where", [emit.op("IsNaN", [self]), value("nan", 0), self]);
  const bounded = emit.op("Where", [isInfinite("positive"), value("posinf", largest), known]);
  return emit.op("Where", [isInfinite("negative"), value("neginf", -largest), bounded]);
};

/** A test that integers pass trivially. */
function floatTest(test: (emit: Emitter, self: Operand) => Operand): Rule {
  return (emit, call) => {
    const self = call.tensor("self");
    return test(emit, DTYPES[self.dtype].category === "float" ? self : emit.cast(self, "float32"));
  };
}

const finite: Rule = floatTest((emit, self) =>
  emit.op("Not", [emit.op("Or", [emit.op("IsNaN", [self]), emit.op("IsInf", [self])])]),
);

export const ELEMENTWISE: RuleTable = {
  "aten.abs.default": unary("Abs"),
  "aten.neg.default": unary("Neg"),
  "aten.sign.default": composed(sign),
  "aten.sgn.default": composed(sign),
  "aten.square.default": composed((emit, self) => emit.op("Mul", [self, self])),
  "aten.reciprocal.default": unary("Reciprocal"),
  "aten.sqrt.default": unary("Sqrt"),
  "aten.rsqrt.default": composed((emit, self) => emit.op("Reciprocal", [emit.op("Sqrt", [self])])),
  "aten.exp.default": unary("Exp"),
  "aten.exp2.default": composed((emit, self) => emit.op("Pow", [emit.like(self, 2), self])),
  "aten.expm1.default": composed(expMinusOne),
  "aten.log.default": unary("Log"),
  "aten.log2.default": logarithm(Math.LOG2E),
  "aten.log10.default": logarithm(Math.LOG10E),
  "aten.log1p.default": composed(logOnePlus),
  "aten.logit.default": logit,
  "aten.erf.default": unary("Erf"),
  "aten.sin.default": unary("Sin"),
  "aten.cos.default": unary("Cos"),
  "aten.tan.default": unary("Tan"),
  "aten.asin.default": unary("Asin"),
  "aten.acos.default": unary("Acos"),
  "aten.atan.default": unary("Atan"),
  "aten.sinh.default": unary("Sinh"),
  "aten.cosh.default": unary("Cosh"),
  "aten.asinh.default": unary("Asinh"),
  "aten.acosh.default": unary("Acosh"),
  "aten.atanh.default": unary("Atanh"),
  "aten.deg2rad.default": times(Math.PI / 180),
  "aten.rad2deg.default": times(180 / Math.PI),
  "aten.floor.default": rounding((emit, self) => emit.op("Floor", [self])),
  "aten.ceil.default": rounding((emit, self) => emit.op("Ceil", [self])),
  "aten.round.default": rounding((emit, self) => emit.op("Round", [self])),
  "aten.round.decimals": roundDecimals,
  "aten.special_round.default": roundDecimals,
  "aten.trunc.default": rounding(truncate),
  "aten.frac.default": composed((emit, self) => emit.op("Sub", [self, truncate(emit, self)])),
  "aten.nan_to_num.default": replaceNonFinite,
  "aten.isnan.default": floatTest((emit, self) => emit.op("IsNaN", [self])),
  "aten.isinf.default": floatTest((emit, self) => emit.op("IsInf", [self])),
  "aten.isposinf.default": floatTest((emit, self) => emit.op("IsInf", [self], { detect_negative: 0 })),
  "aten.isneginf.default": floatTest((emit, self) => emit.op("IsInf", [self], { detect_positive: 0 })),
  "aten.isfinite.default": finite,
};
