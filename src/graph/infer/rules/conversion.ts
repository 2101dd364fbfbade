import type { DType } from "../../../core/index.ts";
import type { InferCall } from "../infer-call.ts";
import type { InferRule, InferRules } from "../infer-rule.ts";
import { tensor } from "../tensor.ts";
import { named } from "./pointwise.ts";

/** Memory stays in its order unless another is asked for. */
function converted(dtypeOf: (call: InferCall) => DType): InferRule {
  return (call) => {
    const { shape, contiguous } = call.tensor("self");
    const format = call.argument("memory_format") ?? "preserve_format";
    const isSame = format === "preserve_format" && contiguous === true;
    return tensor(dtypeOf(call), shape, isSame || format === "contiguous_format" ? true : undefined);
  };
}

const asAsked = converted((call) => call.dtype() ?? call.tensor("self").dtype);
const asOther = converted((call) => call.tensor("other").dtype);

export const CONVERSION: InferRules = {
  ...named(asAsked, "to _to_copy"),
  ...named(asOther, "to.other type_as"),
};
