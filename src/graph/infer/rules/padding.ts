import type { Dim } from "../../../core/index.ts";
import type { TensorType } from "../../types.ts";
import { plus } from "../dim-math.ts";
import type { InferCall } from "../infer-call.ts";
import type { InferRule, InferRules } from "../infer-rule.ts";
import { tensor } from "../tensor.ts";
import { named } from "./pointwise.ts";

/** Pairs of before and after, the last axis first. */
function paddedShape(call: InferCall, { shape }: TensorType, pads: readonly Dim[]): readonly Dim[] {
  const count = pads.length / 2;
  if (!Number.isInteger(count) || count > shape.length) return call.refuse(shape, `a tensor of ${count} axes or more`);
  return shape.map((size, axis) => {
    const from = 2 * (shape.length - 1 - axis);
    return plus(size, pads[from] ?? 0, pads[from + 1] ?? 0);
  });
}

const padded =
  (name: string): InferRule =>
  (call) => {
    const self = call.tensor("self");
    const shape = paddedShape(call, self, call.sizes(name));
    if (shape.some((size) => typeof size === "number" && size < 0)) return call.refuse(self.shape, "larger sizes");
    return tensor(self.dtype, shape, self.contiguous === true ? true : undefined);
  };

export const PADDING: InferRules = {
  ...named(padded("pad"), "pad constant_pad_nd _pad_circular _pad_enum"),
  ...named(
    padded("padding"),
    "reflection_pad1d reflection_pad2d reflection_pad3d replication_pad1d replication_pad2d replication_pad3d",
  ),
};
