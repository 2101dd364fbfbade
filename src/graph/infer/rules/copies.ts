import type { ValueType } from "../../types.ts";
import type { InferRule, InferRules } from "../infer-rule.ts";
import { tensor } from "../tensor.ts";
import { LAYOUT } from "./layout.ts";
import { PIECES } from "./pieces.ts";

const VIEWS: InferRules = { ...LAYOUT, ...PIECES };

function inOtherMemory(type: ValueType | null): ValueType | null {
  return type?.kind === "tensor" ? tensor(type.dtype, type.shape) : type;
}

/** What the view of the same arguments shows, in memory of its own. */
function copyOf(view: string): InferRule {
  return (call) => {
    const rule = VIEWS[view] ?? call.refuse([], "a view that is known");
    const inferred = rule(call);
    return "kind" in inferred ? (inOtherMemory(inferred) ?? inferred) : inferred.map(inOtherMemory);
  };
}

export const COPIES: InferRules = {
  as_strided_copy: copyOf("as_strided"),
  diagonal_copy: copyOf("diagonal"),
  expand_copy: copyOf("expand"),
  matrix_H: copyOf("mT"),
  narrow_copy: copyOf("narrow"),
  permute_copy: copyOf("permute"),
  select_copy: copyOf("select"),
  slice_copy: copyOf("slice"),
  "split_copy.Tensor": copyOf("split.Tensor"),
  split_with_sizes_copy: copyOf("split_with_sizes"),
  "squeeze_copy.default": copyOf("squeeze.default"),
  "squeeze_copy.dim": copyOf("squeeze.dim"),
  "squeeze_copy.dims": copyOf("squeeze.dims"),
  t_copy: copyOf("t"),
  transpose_copy: copyOf("transpose"),
  unbind_copy: copyOf("unbind"),
  unfold_copy: copyOf("unfold"),
  unsqueeze_copy: copyOf("unsqueeze"),
  view_copy: copyOf("view"),
};
