import type { Rule, RuleTable } from "../rule.ts";

const where: Rule = (emit, call) =>
  emit.op("Where", [call.operand("condition", "bool"), call.operand("self"), call.operand("other")]);

const maskedFill: Rule = (emit, call) =>
  emit.op("Where", [call.operand("mask", "bool"), call.converted("value"), call.operand("self")]);

/** Where the bounds cross, the upper one wins. */
function clamped(lower: string | undefined, upper: string | undefined): Rule {
  return (emit, call) => {
    const bound = (name: string | undefined) => (name && call.has(name) ? call.operand(name) : undefined);
    const [low, high] = [bound(lower), bound(upper)];
    const atLeast = low ? emit.op("Max", [call.operand("self"), low]) : call.operand("self");
    return high ? emit.op("Min", [atLeast, high]) : atLeast;
  };
}

/** Bounds that are plain numbers: the form that native convolutions fuse. */
const clip: Rule = (emit, call) => {
  const bound = (name: string) => (call.has(name) ? call.operand(name) : undefined);
  const names = ["min", "max"];
  if (names.some((name) => call.has(name) && !call.isNumber(name))) return clamped("min", "max")(emit, call);
  return emit.op("Clip", [call.operand("self"), ...names.map(bound)]);
};

const hardTanh: Rule = (emit, call) =>
  emit.op("Clip", [call.operand("self"), call.converted("min_val"), call.converted("max_val")]);

const relu6: Rule = (emit, call) => {
  const self = call.operand("self");
  return emit.op("Clip", [self, emit.like(self, 0), emit.like(self, 6)]);
};

export const SELECTION: RuleTable = {
  "aten.where.self": where,
  "aten.where.ScalarSelf": where,
  "aten.where.ScalarOther": where,
  "aten.where.Scalar": where,
  "aten.masked_fill.Scalar": maskedFill,
  "aten.masked_fill.Tensor": maskedFill,
  "aten.clamp.default": clip,
  "aten.clamp.Tensor": clamped("min", "max"),
  "aten.clamp_min.default": clamped("min", undefined),
  "aten.clamp_min.Tensor": clamped("min", undefined),
  "aten.clamp_max.default": clamped(undefined, "max"),
  "aten.clamp_max.Tensor": clamped(undefined, "max"),
  "aten.hardtanh.default": hardTanh,
  "aten.relu6.default": relu6,
};
