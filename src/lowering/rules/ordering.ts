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

/** Zero rows would end the process (a division by zero in the native kernel): axes that may have none get one more. */
function orderedRows(emit: Emitter, input: ShapedOperand, order: Order): readonly Operand[] {
  const open = input.shape.flatMap((size, axis) => (typeof size === "number" || axis === order.axis ? [] : [axis]));
  if (open.length === 0) return ordered(emit, input, order);
  const after = input.shape.map((_, axis) => (open.includes(axis) ? 1 : 0));
  const pads = emit.int64s([...after.map(() => 0), ...after]);
  const padded = emit.op("Pad", [input, pads, emit.like(input, 0)]);
  const [starts, ends] = [open.map(() => 0), open.map(() => -1)];
  const vectors = [starts, ends, open].map((values) => emit.int64s(values));
  return ordered(emit, padded, order).map((result) => emit.op("Slice", [result, ...vectors]));
}

function nothingInOrder(emit: Emitter, { dtype, shape }: ShapedOperand, { axis, count }: Order): readonly Operand[] {
  const sizes = emit.int64s(shape.map((size, i) => (i === axis ? count : typeof size === "number" ? size : 0)));
  return [emit.op("Expand", [emit.constant(dtype, 0), sizes]), emit.op("Expand", [emit.int64(0), sizes])];
}

/** A 0-d tensor is ordered as one of one element. */
export function orderedAlong(emit: Emitter, input: ShapedOperand, order: Order): readonly Operand[] {
  if (input.shape.some((size, axis) => size === 0 && axis !== order.axis)) return nothingInOrder(emit, input, order);
  if (input.shape.length > 0) return orderedRows(emit, input, order);
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
