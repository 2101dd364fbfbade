import type { Call } from "../call.ts";
import type { Emitter } from "../emitter.ts";
import type { Operand, ShapedOperand, Size } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";
import { reshapeTo, sizeOf } from "../shaping.ts";

/** NaN counts as the greatest, like infinity. */
function withoutNaN(emit: Emitter, input: Operand): Operand {
  if (!emit.isFloating(input)) return input;
  return emit.op("Where", [emit.op("IsNaN", [input]), emit.like(input, Number.POSITIVE_INFINITY), input]);
}

interface Order {
  readonly axis: number;
  readonly count: Size;
  readonly largest: boolean;
}

/** The greatest or least elements along an axis in order, with their positions; equal ones by position. */
function ordered(emit: Emitter, input: Operand, { axis, count, largest }: Order): readonly Operand[] {
  const attributes = { axis, largest: largest ? 1 : 0 };
  const [values, positions] = emit.ops("TopK", [withoutNaN(emit, input), emit.int64s([count])], attributes, 2);
  if (!values || !positions) return [];
  return [emit.isFloating(input) ? emit.op("GatherElements", [input, positions], { axis }) : values, positions];
}

/** A 0-d tensor is ordered as one of one element. */
export function orderedAlong(emit: Emitter, input: ShapedOperand, order: Order): readonly Operand[] {
  if (input.shape.length > 0) return ordered(emit, input, order);
  return ordered(emit, reshapeTo(emit, input, [1]), order).map((result) => reshapeTo(emit, result, []));
}

const topK: Rule = (emit, call) => {
  const self = call.tensor("self");
  const axis = call.axis("dim", self.shape.length);
  return orderedAlong(emit, self, { axis, count: call.size("k"), largest: call.boolean("largest") });
};

function sorted(emit: Emitter, call: Call): readonly Operand[] {
  const self = call.tensor("self");
  const axis = call.axis("dim", self.shape.length);
  const count = self.shape.length === 0 ? 1 : sizeOf(emit, self, axis);
  return orderedAlong(emit, self, { axis, count, largest: call.boolean("descending") });
}

const sortedPositions: Rule = (emit, call) => sorted(emit, call).slice(1);

const cumulativeSum: Rule = (emit, call) => {
  const self = call.operand("self");
  const rank = call.shape.length;
  return rank === 0 ? self : emit.op("CumSum", [self, emit.int64(call.axis("dim", rank))]);
};

export const ORDERING: RuleTable = {
  "aten.topk.default": topK,
  "aten.sort.default": sorted,
  "aten.sort.stable": sorted,
  "aten.argsort.default": sortedPositions,
  "aten.argsort.stable": sortedPositions,
  "aten.cumsum.default": cumulativeSum,
};
