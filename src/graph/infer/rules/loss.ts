import type { Dim, DType } from "../../../core/index.ts";
import type { TensorType } from "../../types.ts";
import { asFloat, asReal, type InferCall } from "../infer-call.ts";
import type { InferRule, InferRules } from "../infer-rule.ts";
import { fresh, tensor } from "../tensor.ts";
import { elementwise, named, promotedDType } from "./pointwise.ts";
import { reducedShape } from "./reduction.ts";

/** PyTorch's number for losses that are not added up. */
const NONE = 0;

function reducedAsAsked(call: InferCall, each: TensorType): TensorType {
  return call.int("reduction") === NONE ? each : fresh(each.dtype, []);
}

const ofElements =
  (dtypeOf: (call: InferCall) => DType): InferRule =>
  (call) =>
    reducedAsAsked(call, elementwise(call, dtypeOf(call)));

/** Scores of classes are on axis 1, or on the only axis. */
function withoutClasses({ shape }: TensorType): readonly Dim[] {
  return reducedShape(shape, [shape.length > 1 ? 1 : 0], false);
}

const ofClasses: InferRule = (call) => {
  const self = call.tensor("self");
  return reducedAsAsked(call, tensor(self.dtype, withoutClasses(self)));
};

const withTotalWeight: InferRule = (call) => [ofClasses(call) as TensorType, fresh(call.tensor("self").dtype, [])];

const similarity: InferRule = (call) => {
  const both = elementwise(call, asFloat(call.promoted("x1", "x2")), ["x1", "x2"]);
  return fresh(both.dtype, reducedShape(both.shape, [call.axis("dim", both.shape)], false));
};

const distance: InferRule = (call) => {
  const { dtype, shape } = elementwise(call, asReal(asFloat(call.promoted("x1", "x2"))), ["x1", "x2"]);
  return fresh(dtype, reducedShape(shape, [shape.length - 1], call.boolean("keepdim")));
};

export const LOSS: InferRules = {
  l1_loss: ofElements((call) => asReal(promotedDType(call))),
  ...named(ofElements(promotedDType), "mse_loss smooth_l1_loss huber_loss kl_div"),
  ...named(
    ofElements((call) => call.tensor("self").dtype),
    "binary_cross_entropy binary_cross_entropy_with_logits",
  ),
  ...named(ofClasses, "nll_loss nll_loss2d nll_loss_nd cross_entropy_loss"),
  nll_loss_forward: withTotalWeight,
  cosine_similarity: similarity,
  pairwise_distance: distance,
};
