import type { InferRule, InferRules } from "../infer-rule.ts";
import { fresh } from "../tensor.ts";

/** Rows, each times the matrix of its expert. */
const groupedProduct =
  (rows: string, matrices: string): InferRule =>
  (call) => {
    const [input, weight] = [call.tensor(rows), call.tensor(matrices)];
    const [count, , ...more] = input.shape;
    const width = weight.shape[2];
    if (count === undefined || more.length > 0 || width === undefined) {
      return call.refuse(input.shape, "rows, and a matrix for each expert");
    }
    return fresh(call.dtype() ?? input.dtype, [count, width]);
  };

export const EXPERTS: InferRules = {
  _grouped_mm: groupedProduct("self", "mat2"),
  "transformers.grouped_mm_fallback": groupedProduct("input", "weight"),
};
