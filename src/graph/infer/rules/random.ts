import type { InferRule, InferRules } from "../infer-rule.ts";
import { fresh } from "../tensor.ts";
import { elementwise, named } from "./pointwise.ts";

const integers: InferRule = (call) => fresh(call.dtype() ?? "int64", call.sizes("size"));

const permutation: InferRule = (call) => fresh(call.dtype() ?? "int64", [call.size("n")]);

const likeSelf: InferRule = (call) => elementwise(call, call.tensor("self").dtype, ["self"]);

const drawn: InferRule = (call) => {
  const { shape } = call.tensor("self");
  return fresh("int64", [...shape.slice(0, -1), call.size("num_samples")]);
};

const normal: InferRule = (call) => {
  if (call.has("size")) return fresh(call.dtype() ?? "float32", call.sizes("size"));
  return elementwise(call, call.tensor(call.isTensor("mean") ? "mean" : "std").dtype);
};

export const RANDOM: InferRules = {
  randint: integers,
  randperm: permutation,
  ...named(likeSelf, "bernoulli uniform exponential"),
  multinomial: drawn,
  normal,
};
