import type { Call } from "../call.ts";
import type { Emitter } from "../emitter.ts";
import type { Operand } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";
import { reshapeTo, slice } from "../shaping.ts";

interface Range {
  readonly low: Operand;
  readonly high: Operand;
}

/** Fails the run where PyTorch raises an error: when the range would have to come from what is not finite. */
function finite(emit: Emitter, values: Operand): Operand {
  const isOdd = emit.op("Or", [emit.op("IsNaN", [values]), emit.op("IsInf", [values])]);
  const count = emit.op("ReduceSum", [emit.cast(isOdd, "int64")], { keepdims: 0 });
  return emit.op("Add", [values, emit.op("Gather", [emit.constant(values.dtype, [0]), count], { axis: 0 })]);
}

/** Equal bounds stand for those of the data. */
function rangeOf(emit: Emitter, call: Call, values: Operand): Range {
  const [min, max] = [call.number("min"), call.number("max")];
  if (min > max) return call.refuse("min is greater than max");
  if (min < max) return { low: emit.like(values, min), high: emit.like(values, max) };
  if (call.tensor("self").shape.includes(0))
    return { low: emit.like(values, min - 1), high: emit.like(values, max + 1) };
  const known = finite(emit, values);
  const [low, high] = [emit.op("ReduceMin", [known], { keepdims: 0 }), emit.op("ReduceMax", [known], { keepdims: 0 })];
  const widening = emit.cast(emit.op("Equal", [low, high]), values.dtype);
  return { low: emit.op("Sub", [low, widening]), high: emit.op("Add", [high, widening]) };
}

/** The bin of each element; `bins`, one beyond the last, for what lies outside and for NaN. */
function binsOf(emit: Emitter, values: Operand, { low, high }: Range, bins: number): Operand {
  const isInside = emit.op("And", [emit.op("GreaterOrEqual", [values, low]), emit.op("LessOrEqual", [values, high])]);
  const known = emit.op("Where", [isInside, values, low]);
  const scaled = emit.op("Mul", [emit.op("Sub", [known, low]), emit.like(values, bins)]);
  const position = emit.cast(emit.op("Div", [scaled, emit.op("Sub", [high, low])]), "int64");
  const bin = emit.op("Min", [position, emit.int64(bins - 1)]);
  return emit.op("Where", [isInside, bin, emit.int64(bins)]);
}

const histogram: Rule = (emit, call) => {
  const bins = call.number("bins");
  const values = reshapeTo(emit, call.operand("self"), [-1]);
  const bin = binsOf(emit, values, rangeOf(emit, call, values), bins);
  const ones = emit.op("Expand", [emit.like(values, 1), emit.op("Shape", [values])]);
  const empty = emit.op("Expand", [emit.like(values, 0), emit.int64s([bins + 1])]);
  const counts = emit.op("ScatterElements", [empty, bin, ones], { axis: 0, reduction: "add" });
  return slice(emit, counts, 0, 0, bins);
};

export const HISTOGRAM: RuleTable = {
  "aten.histc.default": histogram,
};
