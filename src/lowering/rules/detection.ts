import { float } from "../attributes.ts";
import type { Call } from "../call.ts";
import type { Emitter } from "../emitter.ts";
import type { Operand, ShapedOperand } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";
import { END, sizeOf, slice, squeeze, unsqueeze } from "../shaping.ts";
import { orderedAlong } from "./ordering.ts";

/** The greatest float32 that is not above a positive number: the same float32 are greater than both. */
function floatBelow(value: number): number {
  const nearest = Math.fround(value);
  if (nearest <= value) return nearest;
  const [bits = 0] = new Int32Array(Float32Array.of(nearest).buffer);
  return new Float32Array(Int32Array.of(bits - 1).buffer)[0] ?? 0;
}

/** Corners in the wrong order, or that are no numbers, overlap with nothing in torchvision: those boxes become empty. */
function orderedCorners(emit: Emitter, boxes: Operand): Operand {
  const [first, second] = [slice(emit, boxes, 1, 0, 2), slice(emit, boxes, 1, 2, END)];
  const isOrdered = emit.op("GreaterOrEqual", [second, first]);
  const areBoth = emit.op("ReduceMin", [isOrdered, emit.int64s([1])], { keepdims: 1 });
  return emit.op("Concat", [first, emit.op("Where", [areBoth, second, first])], { axis: 1 });
}

/** Boxes are ordered before, so that equal scores and NaN have the order that they have in PyTorch. */
const suppress: Rule = (emit, call) => {
  const [dets, scores] = [call.tensor("dets"), call.tensor("scores")];
  const threshold = call.number("iou_threshold");
  if (!(threshold >= 0 && threshold <= 1)) return call.refuse(`an iou_threshold of ${threshold}`);
  const count = sizeOf(emit, scores, 0);
  const [, order] = orderedAlong(emit, scores, { axis: 0, count, largest: true });
  if (!order) return call.refuse("scores without an order");
  const boxes = orderedCorners(emit, emit.op("Gather", [dets, order], { axis: 0 }));
  const equal = emit.op("Expand", [emit.like(scores, 0), emit.int64s([1, 1, count])]);
  const limits = [emit.int64s([count]), emit.constant("float32", floatBelow(threshold), [1])];
  const kept = emit.op("NonMaxSuppression", [unsqueeze(emit, boxes, 0), equal, ...limits]);
  const places = squeeze(emit, slice(emit, kept, 1, 2, END), 1);
  return emit.op("Gather", [order, places], { axis: 0 });
};

function exactScale(call: Call, { dtype }: ShapedOperand): number {
  const scale = call.number("spatial_scale");
  if (dtype === "float64" && Math.fround(scale) !== scale) return call.refuse(`a spatial_scale of ${scale} in float64`);
  return scale;
}

const align: Rule = (emit, call) => {
  const [input, rois] = [call.tensor("input"), call.tensor("rois")];
  const images = emit.cast(squeeze(emit, slice(emit, rois, 1, 0, 1), 1), "int64");
  return emit.op("RoiAlign", [input, slice(emit, rois, 1, 1, END), images], {
    output_height: call.number("pooled_height"),
    output_width: call.number("pooled_width"),
    sampling_ratio: Math.max(0, call.number("sampling_ratio")),
    spatial_scale: float(exactScale(call, input)),
    coordinate_transformation_mode: call.boolean("aligned") ? "half_pixel" : "output_half_pixel",
  });
};

const deformable: Rule = (emit, call) => {
  const weight = call.tensor("weight");
  const pair = (name: string) => [call.number(`${name}_h`), call.number(`${name}_w`)];
  const pads = pair("pad");
  const mask = call.boolean("use_mask") ? [call.tensor("mask")] : [];
  const inputs = [call.tensor("input"), weight, call.tensor("offset"), call.tensor("bias"), ...mask];
  return emit.op("DeformConv", inputs, {
    kernel_shape: weight.shape.slice(2).map((size) => call.known(size, "the size of the kernel")),
    strides: pair("stride"),
    dilations: pair("dilation"),
    pads: [...pads, ...pads],
    group: call.number("groups"),
    offset_group: call.number("offset_groups"),
  });
};

export const DETECTION: RuleTable = {
  "torchvision.nms.default": suppress,
  "torchvision.roi_align.default": align,
  "torchvision.deform_conv2d.default": deformable,
};
