import type { Dim } from "../../core/index.ts";
import { type Attributes, float } from "../attributes.ts";
import type { Call } from "../call.ts";
import type { Emitter } from "../emitter.ts";
import type { Operand, ShapedOperand, Size } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";
import { sizeOf } from "../shaping.ts";
import {
  antialiased,
  CUBIC,
  cubic,
  type Filter,
  type Kernel,
  linear,
  nearest,
  nearestExact,
  stretch,
  TRIANGLE,
} from "./resize-taps.ts";

const NEAREST: Attributes = { mode: "nearest", coordinate_transformation_mode: "asymmetric", nearest_mode: "floor" };
const NEAREST_EXACT: Attributes = {
  mode: "nearest",
  coordinate_transformation_mode: "half_pixel",
  nearest_mode: "round_prefer_ceil",
};

function interpolated(mode: "linear" | "cubic", call: Call): Attributes {
  const coordinates = call.boolean("align_corners") ? "align_corners" : "half_pixel";
  const cubic = mode === "cubic" ? { cubic_coeff_a: float(-0.75) } : {};
  return { mode, coordinate_transformation_mode: coordinates, ...cubic };
}

function scalesOf(call: Call, rank: number): readonly number[] | undefined {
  if (call.has("scale_factors")) return call.numbers("scale_factors");
  const names = rank === 1 ? ["scales"] : ["scales_d", "scales_h", "scales_w"].slice(-rank);
  const given = names.filter((name) => call.has(name)).map((name) => call.number(name));
  return given.length === rank ? given : undefined;
}

/** The native kernel multiplies in float32 and rounds down: products of such scales with sizes are exact there. */
function isExact(scale: number): boolean {
  return Number.isInteger(scale * 256);
}

/** Whether the native kernel finds the size that PyTorch found. */
function keepsSize(scale: number, from: Dim | undefined, to: Dim | undefined): boolean {
  if (typeof from !== "number" || typeof to !== "number") return isExact(scale);
  return Math.floor(Math.fround(Math.fround(scale) * from)) === to;
}

/** Given scales map the coordinates as they are, even where the sizes are rounded. */
function resizeByScales(emit: Emitter, call: Call, scales: readonly number[], attributes: Attributes): Operand {
  const input = inputOf(call);
  const isKept = scales.every((scale, i) => keepsSize(scale, input.shape[i + 2], call.shape[i + 2]));
  if (!isKept) return call.refuse("sizes that do not follow exactly from the scales");
  return emit.op("Resize", [input, undefined, emit.constant("float32", [1, 1, ...scales])], attributes);
}

/** A size times a scale, cut to a whole number as PyTorch does. */
function scaledSize(emit: Emitter, size: Size, scale: number): Size {
  if (typeof size === "number") return Math.trunc(size * scale);
  const product = emit.op("Mul", [emit.cast(size, "float64"), emit.constant("float64", scale)]);
  return emit.cast(product, "int64");
}

function targetSizes(emit: Emitter, call: Call, rank: number): readonly Size[] {
  const known = call.shape.slice(-rank);
  if (known.every((size) => typeof size === "number")) return known;
  if (call.has("output_size")) return call.sizes("output_size");
  const scales = scalesOf(call, rank) ?? call.refuse("neither sizes nor scales are given");
  return scales.map((scale, i) => scaledSize(emit, sizeOf(emit, inputOf(call), i + 2), scale));
}

function resizeToSizes(emit: Emitter, call: Call, rank: number, attributes: Attributes): Operand {
  const input = inputOf(call);
  const sizes = targetSizes(emit, call, rank);
  const target = emit.int64s([sizeOf(emit, input, 0), sizeOf(emit, input, 1), ...sizes]);
  return emit.op("Resize", [input, undefined, undefined, target], attributes);
}

function inputOf(call: Call): ShapedOperand {
  return call.tensor(call.has("input") ? "input" : "self");
}

/** Axis by axis, the last one first as in PyTorch. */
function resizeByTaps(emit: Emitter, call: Call, rank: number, filter: Filter): Operand {
  const input = inputOf(call);
  const [isAligned, scales] = [call.has("align_corners") && call.boolean("align_corners"), scalesOf(call, rank)];
  const sizes = targetSizes(emit, call, rank);
  return sizes.reduceRight<Operand>((result, to, i) => {
    const axis = i + 2;
    const along = { axis, from: sizeOf(emit, input, axis), to, scale: scales?.[i], isAligned };
    return stretch(emit, result, input.shape.length, along, filter);
  }, input);
}

/** No kernel does this. */
function antialiasing(kernel: Kernel): Rule {
  const filter = antialiased(kernel);
  return (emit, call) => {
    if (!emit.isFloating(inputOf(call))) call.refuse("images of whole numbers, which PyTorch rounds on the way");
    return resizeByTaps(emit, call, 2, filter);
  };
}

/** With aligned corners only the sizes matter. */
function resize(rank: number, attributesOf: (call: Call) => Attributes, filter: Filter): Rule {
  return (emit, call) => {
    if (inputOf(call).dtype === "float64") return resizeByTaps(emit, call, rank, filter);
    const attributes = attributesOf(call);
    const scales = scalesOf(call, rank);
    const isAligned = attributes["coordinate_transformation_mode"] === "align_corners";
    if (scales && !isAligned) return resizeByScales(emit, call, scales, attributes);
    return resizeToSizes(emit, call, rank, attributes);
  };
}

const OVERLOADS = ["default", "vec"];

function rules(operator: string, rule: Rule): RuleTable {
  return Object.fromEntries(OVERLOADS.map((name) => [`aten.${operator}.${name}`, rule]));
}

const toNearest = (rank: number) => resize(rank, () => NEAREST, nearest);
const toNearestExact = (rank: number) => resize(rank, () => NEAREST_EXACT, nearestExact);
const toLinear = (rank: number) => resize(rank, (call) => interpolated("linear", call), linear);

export const RESIZE: RuleTable = {
  ...rules("upsample_nearest1d", toNearest(1)),
  ...rules("upsample_nearest2d", toNearest(2)),
  ...rules("upsample_nearest3d", toNearest(3)),
  ...rules("_upsample_nearest_exact1d", toNearestExact(1)),
  ...rules("_upsample_nearest_exact2d", toNearestExact(2)),
  ...rules("_upsample_nearest_exact3d", toNearestExact(3)),
  ...rules("upsample_linear1d", toLinear(1)),
  ...rules("upsample_bilinear2d", toLinear(2)),
  ...rules("upsample_trilinear3d", toLinear(3)),
  ...rules(
    "upsample_bicubic2d",
    resize(2, (call) => interpolated("cubic", call), cubic),
  ),
  ...rules("_upsample_bilinear2d_aa", antialiasing(TRIANGLE)),
  ...rules("_upsample_bicubic2d_aa", antialiasing(CUBIC)),
};
