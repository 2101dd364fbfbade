import type { Dim } from "../../../core/index.ts";
import { broadcast } from "../broadcast.ts";
import { elementCount, floorDivide, times } from "../dim-math.ts";
import type { InferCall } from "../infer-call.ts";
import type { InferRule, InferRules } from "../infer-rule.ts";
import { fresh, tensor } from "../tensor.ts";
import { named } from "./pointwise.ts";

const moved: InferRule = (call) => {
  const { dtype, shape, contiguous } = call.tensor("self");
  for (const name of ["dims", "dim"]) if (call.has(name)) call.givenAxes(name, shape);
  return tensor(dtype, shape, contiguous === true ? true : undefined);
};

/** A quarter turn swaps two axes. */
const turned: InferRule = (call) => {
  const { dtype, shape } = call.tensor("self");
  const [first = 0, second = 1] = call.givenAxes("dims", shape);
  if (call.int("k") % 2 === 0) return tensor(dtype, shape);
  return tensor(dtype, shape.with(first, shape[second] ?? 1).with(second, shape[first] ?? 1));
};

function exactly(call: InferCall, shape: readonly Dim[], size: Dim, divisor: number): Dim {
  const isOff = divisor === 0 || (typeof size === "number" && size % divisor !== 0);
  return isOff ? call.refuse(shape, `a size that ${divisor} divides`) : floorDivide(size, divisor);
}

const shuffled: InferRule = (call) => {
  const { dtype, shape } = call.tensor("self");
  if (shape.length < 3) return call.refuse(shape, "[…, channels, height, width]");
  const factor = call.int("upscale_factor");
  const [channels = 1, height = 1, width = 1] = shape.slice(-3);
  const sizes = [exactly(call, shape, channels, factor ** 2), times(height, factor), times(width, factor)];
  return fresh(dtype, [...shape.slice(0, -3), ...sizes]);
};

const unshuffled: InferRule = (call) => {
  const { dtype, shape } = call.tensor("self");
  if (shape.length < 3) return call.refuse(shape, "[…, channels, height, width]");
  const factor = call.int("downscale_factor");
  const [channels = 1, height = 1, width = 1] = shape.slice(-3);
  const sizes = [exactly(call, shape, height, factor), exactly(call, shape, width, factor)];
  return fresh(dtype, [...shape.slice(0, -3), times(channels, factor ** 2), ...sizes]);
};

/** Without an axis, of all elements in a row. */
const repeatedEach: InferRule = (call) => {
  const { dtype, shape } = call.tensor("self");
  const repeats = call.size("repeats");
  if (!call.has("dim")) return fresh(dtype, [times(elementCount(shape), repeats)]);
  const axis = call.axis("dim", shape);
  return fresh(dtype, shape.length === 0 ? [repeats] : shape.with(axis, times(shape[axis] ?? 1, repeats)));
};

function repeatedLength(call: InferCall): Dim {
  return call.has("output_size") ? call.size("output_size") : call.symbol("repeats");
}

const repeatedByTensor: InferRule = (call) => {
  const { dtype, shape } = call.tensor("self");
  const length = repeatedLength(call);
  if (!call.has("dim") || shape.length === 0) return fresh(dtype, [length]);
  return fresh(dtype, shape.with(call.axis("dim", shape), length));
};

const repeatedIndices: InferRule = (call) => fresh(call.tensor("repeats").dtype, [repeatedLength(call)]);

/** Each tensor along an axis of its own; in Cartesian order the first two swap. */
const mesh: InferRule = (call) => {
  const tensors = call.tensors("tensors");
  const shape = tensors.map((each) => {
    return each.shape.length > 1 ? call.refuse(each.shape, "a vector") : (each.shape[0] ?? 1);
  });
  const isCartesian = call.has("indexing") && call.string("indexing") === "xy" && shape.length > 1;
  const [first = 1, second = 1, ...rest] = shape;
  const result = isCartesian ? [second, first, ...rest] : shape;
  return tensors.map(({ dtype }) => tensor(dtype, result));
};

const gated: InferRule = (call) => {
  const { dtype, shape } = call.tensor("self");
  const axis = call.axis("dim", shape);
  if (shape.length === 0) return call.refuse(shape, "a tensor with axes");
  return tensor(dtype, shape.with(axis, exactly(call, shape, shape[axis] ?? 1, 2)));
};

const broadcastAll: InferRule = (call) => {
  const tensors = call.tensors("tensors");
  const shape = broadcast(
    call,
    tensors.map((each) => each.shape),
  );
  return tensors.map(({ dtype }) => tensor(dtype, shape));
};

export const REARRANGEMENT: InferRules = {
  ...named(moved, "flip fliplr flipud roll fft_fftshift fft_ifftshift channel_shuffle"),
  rot90: turned,
  pixel_shuffle: shuffled,
  pixel_unshuffle: unshuffled,
  "repeat_interleave.self_int": repeatedEach,
  "repeat_interleave.self_Tensor": repeatedByTensor,
  "repeat_interleave.Tensor": repeatedIndices,
  meshgrid: mesh,
  glu: gated,
  broadcast_tensors: broadcastAll,
};
