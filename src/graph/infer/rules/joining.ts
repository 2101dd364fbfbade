import { type Dim, formatShape } from "../../../core/index.ts";
import type { TensorType } from "../../types.ts";
import { requireSame } from "../broadcast.ts";
import { plus } from "../dim-math.ts";
import type { InferCall } from "../infer-call.ts";
import type { InferRule, InferRules } from "../infer-rule.ts";
import { fresh, tensor } from "../tensor.ts";
import { isRowMajor, named } from "./pointwise.ts";

type Shape = readonly Dim[];

function joinedShape(call: InferCall, a: Shape, b: Shape, axis: number): Shape {
  const legal = `${formatShape(a)} but for axis ${axis}`;
  if (a.length !== b.length || a.length === 0) return call.refuse(b, legal);
  return a.map((dim, index) => {
    const other = b[index] ?? 1;
    return index === axis ? plus(dim, other) : requireSame(call, dim, other, b, legal);
  });
}

/** Side by side along an axis. Vectors without elements count for nothing, whatever the others are. */
function join(call: InferCall, tensors: readonly TensorType[], axisOf: (shape: Shape) => number): TensorType {
  const operands = tensors.filter(({ shape }) => shape.length !== 1 || shape[0] !== 0);
  const dtype = call.promoted("tensors");
  const [first] = operands;
  if (first === undefined) return fresh(dtype, [0]);
  const axis = axisOf(first.shape);
  const shape = operands.map((operand) => operand.shape).reduce((sum, next) => joinedShape(call, sum, next, axis));
  return tensor(dtype, shape, isRowMajor(operands));
}

const joined: InferRule = (call) => join(call, call.tensors("tensors"), (shape) => call.axis("dim", shape));

const stacked: InferRule = (call) => {
  const operands = call.tensors("tensors");
  const [first, ...more] = operands;
  if (first === undefined) return call.refuse([], "one tensor or more");
  const shape = more.reduce<Shape>((sum, { shape: next }) => {
    if (sum.length !== next.length) return call.refuse(next, formatShape(sum));
    return sum.map((dim, axis) => requireSame(call, dim, next[axis] ?? 1, next, formatShape(sum)));
  }, first.shape);
  const axis = call.axis("dim", [1, ...shape]);
  return tensor(call.promoted("tensors"), shape.toSpliced(axis, 0, operands.length), isRowMajor(operands));
};

type Raise = (shape: Shape) => Shape;

const ATLEAST: Readonly<Record<1 | 2 | 3, Raise>> = {
  1: (shape) => (shape.length === 0 ? [1] : shape),
  2: (shape) => (shape.length < 2 ? [1, ...ATLEAST[1](shape)] : shape),
  3: (shape) => (shape.length < 3 ? [...ATLEAST[2](shape), 1] : shape),
};

const raised =
  (raise: Raise) =>
  ({ dtype, shape, contiguous }: TensorType): TensorType =>
    tensor(dtype, raise(shape), contiguous);

const one =
  (raise: Raise): InferRule =>
  (call) =>
    raised(raise)(call.tensor("self"));

const many =
  (raise: Raise): InferRule =>
  (call) =>
    call.tensors("tensors").map(raised(raise));

const raisedAndJoined =
  (raise: Raise, axisOf: (shape: Shape) => number): InferRule =>
  (call) =>
    join(call, call.tensors("tensors").map(raised(raise)), axisOf);

/** Vectors become columns. */
const asColumns: Raise = (shape) => (shape.length < 2 ? [...ATLEAST[1](shape), 1] : shape);

export const JOINING: InferRules = {
  ...named(joined, "cat concat concatenate"),
  stack: stacked,
  hstack: raisedAndJoined(ATLEAST[1], (shape) => (shape.length > 1 ? 1 : 0)),
  vstack: raisedAndJoined(ATLEAST[2], () => 0),
  dstack: raisedAndJoined(ATLEAST[3], () => 2),
  column_stack: raisedAndJoined(asColumns, () => 1),
  atleast_1d: one(ATLEAST[1]),
  atleast_2d: one(ATLEAST[2]),
  atleast_3d: one(ATLEAST[3]),
  "atleast_1d.Sequence": many(ATLEAST[1]),
  "atleast_2d.Sequence": many(ATLEAST[2]),
  "atleast_3d.Sequence": many(ATLEAST[3]),
};
