import type { Call } from "../call.ts";
import type { Emitter } from "../emitter.ts";
import type { Operand } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";
import { unsqueeze } from "../shaping.ts";
import { reduce } from "./reduction.ts";

const MODES = ["linear", "nearest", "cubic"];
const PADDINGS = ["zeros", "border", "reflection"];

/** Outside of every image, and near enough for the native kernel to count with whole numbers. */
const OUTSIDE = 1e5;

interface Sampling {
  /** How many axes an image has. */
  readonly rank: number;
  readonly mode: string;
  readonly padding: string;
}

/** What stands in for positions that are no finite numbers where PyTorch's results are not NaN then. */
function standIn({ rank, padding }: Sampling): number {
  if (padding === "zeros") return OUTSIDE;
  const end = padding === "reflection" ? 1 : OUTSIDE;
  return rank === 2 ? -end : end;
}

function givesNaN({ rank, mode, padding }: Sampling): boolean {
  return rank === 2 && (mode === "cubic" || (mode === "linear" && padding === "zeros"));
}

function isNotFinite(emit: Emitter, grid: Operand): Operand {
  return emit.op("Or", [emit.op("IsNaN", [grid]), emit.op("IsInf", [grid])]);
}

/** Positions that the native kernel takes as PyTorch does; those beyond a border are on it. */
function settled(emit: Emitter, grid: Operand, sampling: Sampling): Operand {
  const isOdd = sampling.padding === "border" ? emit.op("IsNaN", [grid]) : isNotFinite(emit, grid);
  const known = emit.op("Where", [isOdd, emit.like(grid, standIn(sampling)), grid]);
  if (sampling.padding === "reflection") return known;
  return emit.op("Clip", [known, emit.like(grid, -OUTSIDE), emit.like(grid, OUTSIDE)]);
}

function samplingOf(call: Call): Sampling {
  const [mode, padding] = [MODES[call.number("interpolation_mode")], PADDINGS[call.number("padding_mode")]];
  if (mode === undefined || padding === undefined) return call.refuse("a mode that is not known");
  return { rank: call.tensor("input").shape.length - 2, mode, padding };
}

const gridSample: Rule = (emit, call) => {
  const sampling = samplingOf(call);
  const { rank, mode, padding } = sampling;
  const [input, grid] = [call.tensor("input"), call.tensor("grid")];
  const attributes = { mode, padding_mode: padding, align_corners: call.boolean("align_corners") ? 1 : 0 };
  const sampled = emit.op("GridSample", [input, settled(emit, grid, sampling)], attributes);
  if (!givesNaN(sampling)) return sampled;
  const isLost = reduce(emit, "ReduceMax", isNotFinite(emit, grid), { axes: [rank + 1], keepdims: false });
  return emit.op("Where", [unsqueeze(emit, isLost, 1), emit.like(sampled, Number.NaN), sampled]);
};

export const GRID_SAMPLING: RuleTable = {
  "aten.grid_sampler.default": gridSample,
  "aten.grid_sampler_2d.default": gridSample,
  "aten.grid_sampler_3d.default": gridSample,
};
