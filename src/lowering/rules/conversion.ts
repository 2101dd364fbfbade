import type { Rule, RuleTable } from "../rule.ts";
import { alphaDropout, dropout } from "./random.ts";

/** The tensor itself, in the dtype that PyTorch recorded. */
const converted: Rule = (emit, call) => emit.cast(call.tensor("self"), call.result().dtype);

/** In a graph without writes a copy is the tensor itself, and so is where it lies in memory. */
const SAME: readonly string[] = [
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

/** Runs what training does; in inference the input stays. */
function inTraining(run: Rule): Rule {
  return (emit, call) => {
    const isTraining = call.has("train") && call.boolean("train") && call.number("p") > 0;
    return isTraining ? run(emit, call) : call.tensor("input");
  };
}

const nativeDropout: Rule = (emit, call) => {
  if (call.has("train") && call.boolean("train")) return dropout(emit, call, false);
  const input = call.tensor("input");
  return [input, call.isUsed(1) ? call.refuse("its mask is used") : emit.cast(input, "bool")];
};

function rules(targets: readonly string[], rule: Rule): RuleTable {
  return Object.fromEntries(targets.map((target) => [`aten.${target}`, rule]));
}

export const CONVERSION: RuleTable = {
  ...rules([...SAME, ...CONVERSIONS], converted),
  "aten.dropout.default": inTraining((emit, call) => dropout(emit, call, false)[0]),
  "aten.feature_dropout.default": inTraining((emit, call) => dropout(emit, call, true)[0]),
  "aten.alpha_dropout.default": inTraining((emit, call) => alphaDropout(emit, call, false)),
  "aten.feature_alpha_dropout.default": inTraining((emit, call) => alphaDropout(emit, call, true)),
  "aten.native_dropout.default": nativeDropout,
};
