import type { Dim } from "../../../core/index.ts";
import type { TensorType } from "../../types.ts";
import { broadcast } from "../broadcast.ts";
import { ceilDivide, elementCount, plus, times } from "../dim-math.ts";
import { asFloat, asSum, type InferCall } from "../infer-call.ts";
import type { InferRule, InferRules } from "../infer-rule.ts";
import { tensor } from "../tensor.ts";
import { elementwise, named, promotedDType } from "./pointwise.ts";
import { reducedShape } from "./reduction.ts";

/** PyTorch's number for losses that are not added up. */
const NONE = 0;

function lossOf(call: InferCall, each: TensorType): TensorType {
  return call.int("reduction") === NONE ? each : tensor(each.dtype, []);
}

const elementLoss =
  (...names: readonly string[]): InferRule =>
  (call) =>
    lossOf(call, elementwise(call, asFloat(call.promoted(...names)), names));

/** One for each row of vectors. */
const rowLoss =
  (...names: readonly string[]): InferRule =>
  (call) => {
    const vectors = broadcast(
      call,
      names.map((name) => call.tensor(name).shape),
    );
    const shape = reducedShape(vectors, [vectors.length - 1], false);
    return lossOf(call, tensor(asFloat(call.promoted(...names)), shape));
  };

const likeTarget: InferRule = (call) => {
  const { dtype, shape } = call.tensor("self");
  return lossOf(call, tensor(dtype, call.tensor("target").shape.slice(0, Math.max(0, shape.length - 1))));
};

const marginLoss: InferRule = (call) => {
  const { dtype, shape } = call.tensor("self");
  return lossOf(call, tensor(dtype, shape.slice(0, Math.max(0, shape.length - 1))));
};

const like =
  (name: string): InferRule =>
  (call) => {
    const { dtype, shape } = call.tensor(name);
    return tensor(dtype, shape);
  };

const asked: InferRule = (call) => {
  const { dtype, shape } = call.tensor("self");
  return tensor(call.dtype() ?? dtype, shape);
};

/** Slopes along each axis. */
const gradient: InferRule = (call) => {
  const { dtype, shape } = call.tensor("self");
  return call.axes("dim", shape).map(() => tensor(asFloat(dtype), shape));
};

function areaAxis(call: InferCall, shape: readonly Dim[]): number {
  return call.axis("dim", shape);
}

function areaDType(call: InferCall) {
  return asFloat(call.has("x") ? call.promoted("y", "x") : call.tensor("y").dtype);
}

const areas: InferRule = (call) => {
  const { shape } = call.tensor("y");
  return tensor(areaDType(call), reducedShape(shape, [areaAxis(call, shape)], false));
};

const areasSoFar: InferRule = (call) => {
  const { shape } = call.tensor("y");
  const axis = areaAxis(call, shape);
  return tensor(areaDType(call), shape.with(axis, plus(shape[axis] ?? 1, -1)));
};

const histogram: InferRule = (call) => {
  const { dtype } = call.tensor("self");
  if (!call.isTensor("bins")) return [tensor(dtype, [call.size("bins")]), tensor(dtype, [plus(call.size("bins"), 1)])];
  const { shape } = call.tensor("bins");
  return [tensor(dtype, [plus(shape[0] ?? 1, -1)]), tensor(dtype, shape)];
};

const rowsOfSize: InferRule = (call) => tensor("int64", [call.size("size"), call.tensor("self").shape.length]);

const ofSize: InferRule = (call) => tensor(call.dtype() ?? "float32", call.sizes("size"));

const summedTo: InferRule = (call) => tensor(asSum(call.tensor("self").dtype), call.sizes("size"));

const dropoutGradient: InferRule = (call) => {
  const { dtype, shape } = call.tensor("grad_output");
  return tensor(asFloat(dtype), shape);
};

/** PyTorch does not tell how many there are. */
const combinations: InferRule = (call) => {
  const { dtype } = call.tensor("self");
  const length = call.int("r");
  return tensor(dtype, length === 0 ? [0] : [call.symbol("combinations"), length]);
};

/** Chunks of each tensor along `dim`, flattened and padded to one length. */
const chunked: InferRule = (call) => {
  const tensors = call.tensors("tensors");
  const [first] = tensors;
  const shapes = tensors.map(({ shape }) => shape);
  const axis = call.axis(
    "dim",
    shapes.reduce((least, shape) => (shape.length < least.length ? shape : least)),
  );
  const count = call.int("num_chunks");
  const lengths = shapes.map((shape) =>
    times(ceilDivide(shape[axis] ?? 1, count), elementCount([1, ...shape.slice(axis + 1)])),
  );
  return tensor(call.promoted("tensors"), [...(first?.shape.slice(0, axis) ?? []), count, plus(0, ...lengths)]);
};

/** Segments take the place of rows. */
const segments: InferRule = (call) => {
  const { dtype, shape } = call.tensor("data");
  const axis = call.axis("axis", shape);
  const bounds = call.tensor(call.has("lengths") ? "lengths" : "offsets").shape.at(-1) ?? 1;
  return tensor(dtype, shape.with(axis, call.has("lengths") ? bounds : plus(bounds, -1)));
};

export const DATABASE: InferRules = {
  soft_margin_loss: elementLoss("self", "target"),
  hinge_embedding_loss: elementLoss("self", "target"),
  poisson_nll_loss: (call) => lossOf(call, elementwise(call, asFloat(promotedDType(call)), ["input", "target"])),
  margin_ranking_loss: elementLoss("input1", "input2", "target"),
  cosine_embedding_loss: rowLoss("input1", "input2"),
  triplet_margin_loss: rowLoss("anchor", "positive", "negative"),
  multi_margin_loss: likeTarget,
  multilabel_margin_loss: marginLoss,
  ...named(like("self"), "as_strided_scatter max_pool2d_with_indices_backward embedding_renorm"),
  _softmax_backward_data: like("grad_output"),
  native_dropout_backward: dropoutGradient,
  _safe_softmax: asked,
  gradient,
  ...named(areas, "trapezoid trapz"),
  cumulative_trapezoid: areasSoFar,
  histogram,
  nonzero_static: rowsOfSize,
  empty_permuted: ofSize,
  sum_to_size: summedTo,
  combinations,
  _chunk_cat: chunked,
  segment_reduce: segments,
};
