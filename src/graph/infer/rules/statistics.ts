import type { Dim } from "../../../core/index.ts";
import { largest, plus } from "../dim-math.ts";
import { asReal, type InferCall } from "../infer-call.ts";
import type { InferRule, InferRules } from "../infer-rule.ts";
import { fresh, tensor } from "../tensor.ts";
import { named } from "./pointwise.ts";
import { reducedShape } from "./reduction.ts";

/** The quantiles, if they are many, come first. */
const quantiles: InferRule = (call) => {
  const { dtype, shape } = call.tensor("self");
  const axes = call.has("dim") ? [call.axis("dim", shape)] : [...shape.keys()];
  const wanted = call.isTensor("q") ? call.tensor("q").shape : [];
  return tensor(dtype, [...wanted, ...reducedShape(shape, axes, call.boolean("keepdim"))]);
};

const histogram: InferRule = (call) => fresh(call.tensor("self").dtype, [call.size("bins")]);

const sizeAlong = (call: InferCall, name: string, axis: number): Dim => call.optionalTensor(name)?.shape[axis] ?? 0;

/** Of neighbours, so many times over. */
const differences: InferRule = (call) => {
  const { dtype, shape } = call.tensor("self");
  const axis = call.axis("dim", shape);
  if (call.int("n") === 0) return tensor(dtype, shape);
  const size = plus(shape[axis] ?? 1, sizeAlong(call, "prepend", axis), sizeAlong(call, "append", axis));
  return tensor(dtype, shape.with(axis, largest(0, plus(size, -call.int("n")))));
};

const norm: InferRule = (call) => {
  const { dtype, shape } = call.tensor("self");
  const axes = call.axes("dim", shape);
  return fresh(call.dtype() ?? asReal(dtype), reducedShape(shape, axes, call.boolean("keepdim")));
};

/** How many places of a matrix are on or below diagonal `offset`: a trapezium, and whole rows under it. */
function lowerCount(rows: number, columns: number, offset: number): number {
  const first = Math.min(rows, Math.max(0, -offset));
  const full = Math.min(rows, Math.max(first, columns - offset));
  const slanted = full - first;
  return slanted * (first + offset + 1) + (slanted * (slanted - 1)) / 2 + (rows - full) * columns;
}

const lower: InferRule = (call) => {
  const count = lowerCount(call.int("row"), call.int("col"), call.int("offset"));
  return fresh(call.dtype() ?? "int64", [2, count]);
};

const upper: InferRule = (call) => {
  const [rows, columns] = [call.int("row"), call.int("col")];
  const count = rows * columns - lowerCount(rows, columns, call.int("offset") - 1);
  return fresh(call.dtype() ?? "int64", [2, count]);
};

export const STATISTICS: InferRules = {
  ...named(quantiles, "quantile nanquantile"),
  histc: histogram,
  diff: differences,
  linalg_norm: norm,
  tril_indices: lower,
  triu_indices: upper,
};
