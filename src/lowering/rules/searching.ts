import type { DType } from "../../core/index.ts";
import type { Call } from "../call.ts";
import type { Emitter } from "../emitter.ts";
import { Formula } from "../formula.ts";
import type { Operand, ShapedOperand } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";
import { reshapeTo, unsqueeze } from "../shaping.ts";

/** How many elements of sorted sequences, along their last axis, lie before each value: NaN comes last. */
function positionsIn(f: Formula, sequences: Operand, values: Operand, isRight: boolean, rank: number): Operand {
  const [line, column] = [unsqueeze(f.emit, sequences, rank - 1), unsqueeze(f.emit, values, rank)];
  const isNotBefore = isRight ? f.greater(line, column) : f.greaterOrEqual(line, column);
  const counts = f.cast(f.not(isNotBefore), "int64");
  return f.emit.op("ReduceSum", [counts, f.emit.int64s([rank])], { keepdims: 0 });
}

const searchSorted: Rule = (emit, call) => {
  const f = new Formula(emit);
  const dtype = call.promoted("sorted_sequence", "self");
  const given = call.tensor("sorted_sequence");
  const ordered = call.has("sorter")
    ? emit.op("GatherElements", [given, emit.cast(call.tensor("sorter"), "int64")], { axis: -1 })
    : given;
  const sequences = emit.cast(ordered, dtype);
  const isRight = call.has("side") ? call.string("side") === "right" : call.boolean("right");
  if (call.has("side") && call.boolean("right") && !isRight) return call.refuse("sides that contradict each other");
  const rank = call.isNumber("self") ? 0 : call.tensor("self").shape.length;
  return search(f, given, sequences, call.operand("self", dtype), { isRight, rank });
};

interface Search {
  readonly isRight: boolean;
  readonly rank: number;
}

/** One sequence serves all values, or each row of values has its own. */
function search(f: Formula, given: ShapedOperand, sequences: Operand, values: Operand, how: Search): Operand {
  const { isRight, rank } = how;
  if (given.shape.length > 1) return positionsIn(f, sequences, values, isRight, rank);
  const column = unsqueeze(f.emit, values, rank);
  const isNotBefore = isRight ? f.greater(sequences, column) : f.greaterOrEqual(sequences, column);
  return f.emit.op("ReduceSum", [f.cast(f.not(isNotBefore), "int64"), f.emit.int64s([rank])], { keepdims: 0 });
}

const bucketize: Rule = (emit, call) => {
  const f = new Formula(emit);
  const dtype = call.promoted("self", "boundaries");
  const boundaries = call.tensor("boundaries");
  const rank = call.isNumber("self") ? 0 : call.tensor("self").shape.length;
  const how = { isRight: call.boolean("right"), rank };
  return search(f, boundaries, emit.cast(boundaries, dtype), call.operand("self", dtype), how);
};

/** Sums of weights by bin; `bins` says which, and whether a value counts at all. */
function counted(emit: Emitter, bins: Operand, counts: Operand, weights: Operand, size: number): Operand {
  const f = new Formula(emit);
  const none = emit.op("Expand", [emit.like(weights, 0), emit.int64s([size])]);
  const index = f.where(counts, bins, 0);
  const added = f.where(counts, weights, 0);
  return emit.op("ScatterElements", [none, index, added], { axis: 0, reduction: "add" });
}

interface Range {
  readonly low: Operand;
  readonly high: Operand;
}

/** Without a given range that of the data; one of no width is widened on both sides. */
function rangeOf(f: Formula, values: Operand, [low, high]: readonly [number, number], widening: number): Range {
  const given = (bound: number): Operand => f.emit.like(values, bound);
  if (low < high) return { low: given(low), high: given(high) };
  const found = low === high ? dataRange(f, values) : { low: given(low), high: given(high) };
  const isEmpty = f.equal(found.low, found.high);
  return {
    low: f.where(isEmpty, f.sub(found.low, widening), found.low),
    high: f.where(isEmpty, f.add(found.high, widening), found.high),
  };
}

function dataRange(f: Formula, values: Operand): Range {
  const extreme = (op: "ReduceMax" | "ReduceMin") => f.emit.op(op, [values], { keepdims: 0 });
  return { low: extreme("ReduceMin"), high: extreme("ReduceMax") };
}

interface Histogram {
  readonly values: Operand;
  readonly edges: Operand;
  readonly bins: number;
}

/** The bin of each value: the last edge belongs to the last bin. */
function binsByEdges(f: Formula, values: Operand, edges: Operand, bins: number): { bin: Operand; inside: Operand } {
  const notAbove = f.lessOrEqual(edges, unsqueeze(f.emit, values, 1));
  const count = f.emit.op("ReduceSum", [f.cast(notAbove, "int64"), f.emit.int64s([1])], { keepdims: 0 });
  const edge = (i: number) => f.emit.op("Gather", [edges, f.emit.int64(i)], { axis: 0 });
  const inside = f.and(f.greaterOrEqual(values, edge(0)), f.lessOrEqual(values, edge(bins)));
  return { bin: f.min(f.sub(count, 1), bins - 1), inside };
}

function histogramOf(f: Formula, call: Call, { values, edges, bins }: Histogram): readonly Operand[] {
  const { emit } = f;
  const { bin, inside } = binsByEdges(f, values, edges, bins);
  const ones = emit.op("Expand", [emit.like(values, 1), emit.op("Shape", [values])]);
  const weights = call.has("weight") ? reshapeTo(emit, call.operand("weight"), [-1]) : ones;
  const sums = counted(emit, bin, inside, weights, bins);
  if (!call.boolean("density")) return [sums, edges];
  const cut = (from: number, to: number) =>
    emit.op("Slice", [edges, emit.int64s([from]), emit.int64s([to]), emit.int64s([0])]);
  const widths = f.sub(cut(1, bins + 1), cut(0, bins));
  return [f.div(f.div(sums, emit.op("ReduceSum", [sums], { keepdims: 0 })), widths), edges];
}

/** `count` values from `low` to `high`, counted from the nearer end. */
function evenly(f: Formula, { low, high }: Range, count: number, dtype: DType): Operand {
  const range = f.emit.constant(
    dtype,
    Array.from({ length: count }, (_, i) => i),
  );
  const step = f.div(f.sub(high, low), count - 1);
  const fromLow = f.add(low, f.mul(range, step));
  const fromHigh = f.sub(high, f.mul(f.sub(count - 1, range), step));
  const isFirst = f.emit.constant(
    "bool",
    Array.from({ length: count }, (_, i) => i < Math.floor(count / 2)),
  );
  return f.where(isFirst, fromLow, fromHigh);
}

const histogramByCount: Rule = (emit, call) => {
  const f = new Formula(emit);
  const values = reshapeTo(emit, call.operand("self"), [-1]);
  const bins = call.number("bins");
  const [low = 0, high = 0] = call.has("range") ? call.numbers("range") : [];
  const isEmpty = call.tensor("self").shape.includes(0);
  const padded = isEmpty ? emit.op("Expand", [emit.constant(call.dtype, 0), emit.int64s([1])]) : values;
  const range = rangeOf(f, padded, [low, high], 0.5);
  const unit = { low: emit.like(values, 0), high: emit.like(values, 1) };
  const edges = evenly(f, isEmpty && low === high ? unit : range, bins + 1, values.dtype);
  return histogramOf(f, call, { values, edges, bins });
};

const histogramByEdges: Rule = (emit, call) => {
  const values = reshapeTo(emit, call.operand("self"), [-1]);
  const edges = call.operand("bins");
  const bins = call.known(call.tensor("bins").shape[0], "the number of bins") - 1;
  return histogramOf(new Formula(emit), call, { values, edges, bins });
};

export const SEARCHING: RuleTable = {
  "aten.searchsorted.Tensor": searchSorted,
  "aten.searchsorted.Scalar": searchSorted,
  "aten.bucketize.Tensor": bucketize,
  "aten.bucketize.Scalar": bucketize,
  "aten.histogram.bin_ct": histogramByCount,
  "aten.histogram.bins_tensor": histogramByEdges,
};
