import type { Dim, DType } from "../../../core/index.ts";
import type { TensorType } from "../../types.ts";
import { asFloat, asReal, asSum, type InferCall } from "../infer-call.ts";
import type { InferRule, InferRules } from "../infer-rule.ts";
import { fresh } from "../tensor.ts";
import { named } from "./pointwise.ts";

/** The shape after the axes are reduced to one place, or away. */
export function reducedShape(shape: readonly Dim[], axes: readonly number[], keepdim: boolean): readonly Dim[] {
  return shape.flatMap((dim, axis) => (axes.includes(axis) ? (keepdim ? [1] : []) : [dim]));
}

type DTypeRule = (dtype: DType, call: InferCall) => DType;

const asked =
  (fallback: DTypeRule): DTypeRule =>
  (dtype, call) =>
    call.dtype() ?? fallback(dtype, call);

const same: DTypeRule = (dtype) => dtype;
const sum = asked(asSum);
const mean = asked(same);
const truth: DTypeRule = (dtype) => (dtype === "uint8" ? "uint8" : "bool");
const index: DTypeRule = () => "int64";

function reduced(call: InferCall, dtype: DType): TensorType {
  const { shape } = call.tensor("self");
  return fresh(dtype, reducedShape(shape, call.axes("dim", shape), call.boolean("keepdim")));
}

function reduction(rule: DTypeRule): InferRule {
  return (call) => reduced(call, rule(call.tensor("self").dtype, call));
}

/** One result for each dtype rule, all of one shape. */
function reductions(...rules: readonly DTypeRule[]): InferRule {
  return (call) => rules.map((rule) => reduced(call, rule(call.tensor("self").dtype, call)));
}

/** One result for each dtype rule, of the shape of `self`. */
export function scans(...rules: readonly DTypeRule[]): InferRule {
  return (call) => {
    const { dtype, shape } = call.tensor("self");
    call.axis("dim", shape);
    return rules.map((rule) => fresh(rule(dtype, call), shape));
  };
}

const bestOf = reductions(same, index);

export const REDUCTION: InferRules = {
  ...named(reduction(sum), "sum prod nansum"),
  ...named(reduction(mean), "mean nanmean"),
  ...named(reduction(same), "amax amin max min median nanmedian"),
  ...named(bestOf, "max.dim min.dim median.dim nanmedian.dim mode kthvalue"),
  aminmax: reductions(same, same),
  ...named(reduction(asReal), "var std"),
  ...named(reductions(asReal, same), "var_mean std_mean"),
  ...named(reduction(truth), "all any"),
  ...named(reduction(index), "argmax argmin count_nonzero"),
  ...named(reduction(asFloat), "logsumexp special_logsumexp"),
  ...named(reduction(asked(asReal)), "linalg_vector_norm norm frobenius_norm"),
  ...named(scans(sum), "cumsum cumprod"),
  ...named(scans(same), "logcumsumexp"),
  ...named(scans(same, index), "cummax cummin"),
  ...named(scans(asked(same)), "softmax log_softmax special_softmax special_log_softmax"),
  ...named(
    scans((dtype, call) => (call.boolean("half_to_float") ? "float32" : dtype)),
    "_softmax _log_softmax",
  ),
};
