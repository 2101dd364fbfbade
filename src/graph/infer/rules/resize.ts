import type { Dim } from "../../../core/index.ts";
import { floorDivide, times } from "../dim-math.ts";
import type { InferCall } from "../infer-call.ts";
import type { InferRule, InferRules } from "../infer-rule.ts";
import { tensor } from "../tensor.ts";
import { named } from "./pointwise.ts";

/** Fractions with larger denominators are not exact in float64 arithmetic with sizes. */
const MAX_DENOMINATOR = 64;

/** `size * scale`, rounded down; of a symbol where the scale is a fraction of a power of two, for then it is exact. */
function scaled(call: InferCall, size: Dim, scale: number): Dim {
  if (typeof size === "number") return Math.floor(size * scale);
  for (let denominator = 1; denominator <= MAX_DENOMINATOR; denominator *= 2) {
    const numerator = scale * denominator;
    if (Number.isInteger(numerator)) return floorDivide(times(numerator, size), denominator);
  }
  return call.symbol("resize");
}

function outputSizes(call: InferCall, spatial: readonly Dim[]): readonly Dim[] {
  if (call.has("output_size")) return call.sizes("output_size", spatial.length);
  const scales = call.floats("scale_factors");
  return spatial.map((size, axis) => scaled(call, size, scales[axis] ?? 1));
}

const resized: InferRule = (call) => {
  const { dtype, shape, contiguous } = call.tensor(call.has("input") ? "input" : "self");
  if (shape.length < 3) return call.refuse(shape, "[batch, channels, …]");
  const sizes = outputSizes(call, shape.slice(2));
  if (sizes.some((size) => typeof size === "number" && size < 1)) return call.refuse(shape, "larger sizes");
  return tensor(dtype, [...shape.slice(0, 2), ...sizes], contiguous === true ? true : undefined);
};

export const RESIZE: InferRules = named(
  resized,
  "upsample_nearest1d upsample_nearest2d upsample_nearest3d _upsample_nearest_exact1d _upsample_nearest_exact2d " +
    "_upsample_nearest_exact3d upsample_linear1d upsample_bilinear2d upsample_trilinear3d upsample_bicubic2d " +
    "_upsample_bilinear2d_aa _upsample_bicubic2d_aa",
);
