import type { InferRule, InferRules } from "../infer-rule.ts";
import { fresh, tensor } from "../tensor.ts";

const sorted: InferRule = (call) => {
  const { dtype, shape, contiguous } = call.tensor("self");
  if (call.has("dim")) call.axis("dim", shape);
  const order = contiguous === true ? true : undefined;
  return [tensor(dtype, shape, order), tensor("int64", shape, order)];
};

const sortedAlone: InferRule = (call) => {
  const { dtype, shape, contiguous } = call.tensor("self");
  return tensor(dtype, shape, contiguous === true ? true : undefined);
};

const argSorted: InferRule = (call) => {
  const { shape, contiguous } = call.tensor("self");
  call.axis("dim", shape);
  return tensor("int64", shape, contiguous === true ? true : undefined);
};

const best: InferRule = (call) => {
  const { dtype, shape } = call.tensor("self");
  const axis = call.axis("dim", shape);
  const [count, size] = [call.size("k"), shape[axis] ?? 1];
  if (typeof count === "number" && typeof size === "number" && count > size) {
    return call.refuse(shape, `at least ${count} places on axis ${axis}`);
  }
  const chosen = shape.length === 0 ? [] : shape.with(axis, count);
  return [fresh(dtype, chosen), fresh("int64", chosen)];
};

export const ORDERING: InferRules = {
  sort: sorted,
  msort: sortedAlone,
  argsort: argSorted,
  topk: best,
};
