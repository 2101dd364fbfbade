import type { Rule, RuleTable } from "../rule.ts";

/** The tensor itself, in the dtype that PyTorch recorded. */
const converted: Rule = (emit, call) => emit.cast(call.tensor("self"), call.result().dtype);

/** In a graph without writes a copy is the tensor itself, and so is where it lies in memory. */
const SAME: readonly string[] = [
  "_conj.default",
  "alias.default",
  "alias_copy.default",
  "clone.default",
  "conj.default",
  "conj_physical.default",
  "contiguous.default",
  "detach.default",
  "lift_fresh.default",
  "lift_fresh_copy.default",
  "positive.default",
  "real.default",
  "resolve_conj.default",
  "resolve_neg.default",
];

const CONVERSIONS: readonly string[] = [
  "_to_copy.default",
  "to.device",
  "to.dtype",
  "to.dtype_layout",
  "to.other",
  "type_as.default",
];

const dropout: Rule = (_, call) =>
  call.boolean("train") && call.number("p") > 0
    ? call.refuse("it is random; export after model.eval()")
    : call.tensor("input");

const nativeDropout: Rule = (emit, call) => {
  if (call.has("train") && call.boolean("train")) return call.refuse("it is random; export after model.eval()");
  const input = call.tensor("input");
  return [input, call.isUsed(1) ? call.refuse("its mask is used") : emit.cast(input, "bool")];
};

function rules(targets: readonly string[], rule: Rule): RuleTable {
  return Object.fromEntries(targets.map((target) => [`aten.${target}`, rule]));
}

export const CONVERSION: RuleTable = {
  ...rules([...SAME, ...CONVERSIONS], converted),
  ...rules(["dropout.default", "feature_dropout.default", "alpha_dropout.default"], dropout),
  "aten.native_dropout.default": nativeDropout,
};
