import type { Dim } from "../../../core/index.ts";
import { floorDivide, minus, plus, times } from "../dim-math.ts";
import type { InferCall } from "../infer-call.ts";
import type { InferRule, InferRules } from "../infer-rule.ts";
import { fresh, tensor } from "../tensor.ts";
import { named } from "./pointwise.ts";

const sampled: InferRule = (call) => {
  const [input, grid] = [call.tensor("input"), call.tensor("grid")];
  if (input.shape.length !== grid.shape.length) return call.refuse(grid.shape, "as many axes as the input");
  return tensor(input.dtype, [...input.shape.slice(0, 2), ...grid.shape.slice(1, -1)]);
};

/** A grid of coordinates for every place of an output. */
const grid: InferRule = (call) => {
  const [batch = 1, , ...spatial] = call.sizes("size");
  return tensor(call.tensor("theta").dtype, [batch, ...spatial, spatial.length]);
};

/** How many places a window of `kernel_size` has on each of two axes. */
function blockCounts(call: InferCall, sizes: readonly Dim[]): readonly Dim[] {
  const read = (name: string) => call.sizes(name, 2);
  const [kernel, dilation, padding, stride] = [read("kernel_size"), read("dilation"), read("padding"), read("stride")];
  return sizes.map((size, axis) => {
    const span = plus(times(dilation[axis] ?? 1, plus(kernel[axis] ?? 1, -1)), 1);
    const room = minus(plus(size, times(2, padding[axis] ?? 0)), span);
    return plus(floorDivide(room, stride[axis] ?? 1), 1);
  });
}

const toColumns: InferRule = (call) => {
  const { dtype, shape } = call.tensor("self");
  const counts = blockCounts(call, shape.slice(-2));
  const rows = times(shape.at(-3) ?? 1, ...call.sizes("kernel_size", 2));
  return tensor(dtype, [...shape.slice(0, -3), rows, times(1, ...counts)]);
};

const fromColumns: InferRule = (call) => {
  const { dtype, shape } = call.tensor("self");
  const channels = floorDivide(shape.at(-2) ?? 1, times(1, ...call.sizes("kernel_size", 2)));
  return tensor(dtype, [...shape.slice(0, -2), channels, ...call.sizes("output_size", 2)]);
};

/** Which boxes stay, the best first. */
const kept: InferRule = (call) => {
  const { shape } = call.tensor("dets");
  if (shape.length !== 2) return call.refuse(shape, "[boxes, 4]");
  return fresh("int64", [call.symbol("boxes")]);
};

const regions: InferRule = (call) => {
  const [input, rois] = [call.tensor("input"), call.tensor("rois")];
  if (input.shape.length !== 4) return call.refuse(input.shape, "[batch, channels, height, width]");
  const size = [call.size("pooled_height"), call.size("pooled_width")];
  return fresh(input.dtype, [rois.shape[0] ?? 1, input.shape[1] ?? 1, ...size]);
};

const deformed: InferRule = (call) => {
  const [input, offset] = [call.tensor("input"), call.tensor("offset")];
  if (input.shape.length !== 4) return call.refuse(input.shape, "[batch, channels, height, width]");
  const outputs = call.tensor("weight").shape[0] ?? 1;
  return fresh(input.dtype, [input.shape[0] ?? 1, outputs, ...offset.shape.slice(-2)]);
};

export const VISION: InferRules = {
  ...named(sampled, "grid_sampler grid_sampler_2d grid_sampler_3d"),
  affine_grid_generator: grid,
  im2col: toColumns,
  col2im: fromColumns,
  "torchvision.nms": kept,
  "torchvision.roi_align": regions,
  "torchvision.deform_conv2d": deformed,
};
