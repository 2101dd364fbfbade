import type { Call } from "../call.ts";
import type { Emitter } from "../emitter.ts";
import type { Operand, ShapedOperand, Size } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";
import { reshapeTo, sizeOf } from "../shaping.ts";

/** The `count` greatest or least elements along an axis in order, with their positions; equal ones by position. */
function ordered(emit: Emitter, input: ShapedOperand, axis: number, count: Size, largest: boolean): readonly Operand[] {
  if (input.shape.length > 0) {
    return emit.ops("TopK", [input, emit.int64s([count])], { axis, largest: largest ? 1 : 0 }, 2);
  }
  const column = reshapeTo(emit, input, [1]);
  const results = emit.ops("TopK", [column, emit.int64s([count])], { axis: 0, largest: largest ? 1 : 0 }, 2);
  return results.map((result) => reshapeTo(emit, result, []));
}

const topK: Rule = (emit, call) => {
  const self = call.tensor("self");
  return ordered(emit, self, call.axis("dim", self.shape.length), call.size("k"), call.boolean("largest"));
};

function sorted(emit: Emitter, call: Call): readonly Operand[] {
  const self = call.tensor("self");
  const axis = call.axis("dim", self.shape.length);
  const count = self.shape.length === 0 ? 1 : sizeOf(emit, self, axis);
  return ordered(emit, self, axis, count, call.boolean("descending"));
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
