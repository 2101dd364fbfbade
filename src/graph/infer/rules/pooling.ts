import type { Dim } from "../../../core/index.ts";
import type { TensorType } from "../../types.ts";
import { floorDivide, minus, plus, smallest, times } from "../dim-math.ts";
import type { InferCall } from "../infer-call.ts";
import type { InferRule, InferRules } from "../infer-rule.ts";
import { tensor } from "../tensor.ts";
import { named } from "./pointwise.ts";

/** How a window moves along one axis; all in elements. */
interface Window {
  readonly kernel: Dim;
  readonly stride: Dim;
  readonly padding: Dim;
  readonly dilation: Dim;
}

/** How many places a window has; with `ceil`, one may reach past the end but starts inside. */
function places(size: Dim, { kernel, stride, padding, dilation }: Window, ceil: boolean): Dim {
  const span = plus(times(dilation, plus(kernel, -1)), 1);
  const room = minus(plus(size, times(2, padding)), span);
  if (!ceil) return plus(floorDivide(room, stride), 1);
  const reaching = plus(floorDivide(plus(room, stride, -1), stride), 1);
  return smallest(reaching, plus(floorDivide(plus(size, padding, -1), stride), 1));
}

function windows(call: InferCall, rank: number): readonly Window[] {
  const kernel = call.sizes("kernel_size", rank);
  const given = call.sizes("stride", rank);
  const strides = given.length === 0 ? kernel : given;
  const paddings = call.sizes("padding", rank);
  const dilations = call.has("dilation") ? call.sizes("dilation", rank) : [];
  return kernel.map((size, axis) => ({
    kernel: size,
    stride: strides[axis] ?? 1,
    padding: paddings[axis] ?? 0,
    dilation: dilations[axis] ?? 1,
  }));
}

function requireRank(call: InferCall, { shape }: TensorType, rank: number): void {
  const isFit = shape.length === rank + 1 || shape.length === rank + 2;
  if (!isFit) call.refuse(shape, `[batch, channels] and ${rank} more axes`);
}

function pooled(call: InferCall, rank: number): TensorType {
  const self = call.tensor("self");
  requireRank(call, self, rank);
  const moves = windows(call, rank);
  const ceil = call.boolean("ceil_mode");
  const sizes = self.shape.slice(-rank).map((size, axis) => {
    const move = moves[axis];
    return move === undefined ? size : places(size, move, ceil);
  });
  const isEmpty = sizes.some((size) => typeof size === "number" && size < 1);
  if (isEmpty) return call.refuse(self.shape, "sizes that are not less than the window's");
  return tensor(self.dtype, [...self.shape.slice(0, -rank), ...sizes], self.contiguous === true ? true : undefined);
}

function adapted(call: InferCall, rank: number): TensorType {
  const self = call.tensor("self");
  requireRank(call, self, rank);
  const shape = [...self.shape.slice(0, -rank), ...call.sizes("output_size", rank)];
  return tensor(self.dtype, shape, self.contiguous === true ? true : undefined);
}

type Pool = (call: InferCall, rank: number) => TensorType;

const alone =
  (pool: Pool, rank: number): InferRule =>
  (call) =>
    pool(call, rank);

const withIndices =
  (pool: Pool, rank: number): InferRule =>
  (call) => {
    const result = pool(call, rank);
    return [result, { ...result, dtype: "int64" }];
  };

const unpooled =
  (rank: number): InferRule =>
  (call) => {
    const { dtype, shape } = call.tensor("self");
    return tensor(dtype, [...shape.slice(0, -rank), ...call.sizes("output_size", rank)]);
  };

export const POOLING: InferRules = Object.assign(
  {},
  ...[1, 2, 3].map(
    (rank): InferRules => ({
      ...named(alone(pooled, rank), `max_pool${rank}d avg_pool${rank}d`),
      [`max_pool${rank}d_with_indices`]: withIndices(pooled, rank),
      ...named(alone(adapted, rank), `adaptive_avg_pool${rank}d _adaptive_avg_pool${rank}d`),
      [`adaptive_max_pool${rank}d`]: withIndices(adapted, rank),
      [`max_unpool${rank}d`]: unpooled(rank),
    }),
  ),
);
