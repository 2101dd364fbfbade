import type { Call } from "../call.ts";
import type { Emitter } from "../emitter.ts";
import { type Attributes, float } from "../emitter.ts";
import type { Operand, Size } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";
import { sizeOf } from "../shaping.ts";

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

/**
 * Given scales map the coordinates as they are, even where the sizes are rounded; otherwise the sizes do.
 * With aligned corners only the sizes matter.
 */
function resize(rank: number, attributesOf: (call: Call) => Attributes): Rule {
  return (emit, call) => {
    const input = call.has("input") ? call.tensor("input") : call.tensor("self");
    const attributes = attributesOf(call);
    const scales = scalesOf(call, rank);
    if (scales && attributes["coordinate_transformation_mode"] !== "align_corners") {
      const factors = emit.constant("float32", [1, 1, ...scales]);
      return emit.op("Resize", [input, undefined, factors], attributes);
    }
    const leading = [0, 1].map((axis) => sizeOf(emit, input, axis));
    return emit.op("Resize", [input, undefined, undefined, resultSizes(emit, call, leading, rank)], attributes);
  };
}

function resultSizes(emit: Emitter, call: Call, leading: readonly Size[], rank: number): Operand {
  const known = call.shape.slice(-rank);
  if (known.every((size) => typeof size === "number")) return emit.int64s([...leading, ...known]);
  return emit.int64s([...leading, ...call.sizes("output_size")]);
}

const OVERLOADS = ["default", "vec"];

function rules(operator: string, rank: number, attributesOf: (call: Call) => Attributes): RuleTable {
  return Object.fromEntries(OVERLOADS.map((name) => [`aten.${operator}.${name}`, resize(rank, attributesOf)]));
}

const nearest = () => NEAREST;
const nearestExact = () => NEAREST_EXACT;
const linear = (call: Call) => interpolated("linear", call);
const cubic = (call: Call) => interpolated("cubic", call);

export const RESIZE: RuleTable = {
  ...rules("upsample_nearest1d", 1, nearest),
  ...rules("upsample_nearest2d", 2, nearest),
  ...rules("upsample_nearest3d", 3, nearest),
  ...rules("_upsample_nearest_exact1d", 1, nearestExact),
  ...rules("_upsample_nearest_exact2d", 2, nearestExact),
  ...rules("_upsample_nearest_exact3d", 3, nearestExact),
  ...rules("upsample_linear1d", 1, linear),
  ...rules("upsample_bilinear2d", 2, linear),
  ...rules("upsample_trilinear3d", 3, linear),
  ...rules("upsample_bicubic2d", 2, cubic),
};
