import type { Call } from "../call.ts";
import type { Emitter } from "../emitter.ts";
import { Formula } from "../formula.ts";
import type { Operand, ShapedOperand } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";
import { reshapeTo, squeeze, swapAxes, unsqueeze } from "../shaping.ts";
import { orderedAlong } from "./ordering.ts";
import { reduce } from "./reduction.ts";

/** A tensor with the axis of interest, of known size, as its last. */
interface Line {
  readonly input: ShapedOperand;
  readonly axis: number;
  readonly rank: number;
  readonly size: number;
}

function lineOf(emit: Emitter, call: Call, self: ShapedOperand, axis: number | undefined): Line {
  const rank = self.shape.length;
  if (rank === 0 || axis === undefined) {
    const count = self.shape.reduce<number>((product, size) => product * call.known(size, "the size"), 1);
    return { input: { ...reshapeTo(emit, self, [-1]), shape: [count] }, axis: 0, rank: 1, size: count };
  }
  const size = call.known(self.shape[axis], "the size along dim");
  const shape = self.shape.with(axis, self.shape[rank - 1] ?? 1).with(rank - 1, size);
  return { input: { ...swapAxes(emit, self, rank, axis, rank - 1), shape }, axis, rank, size };
}

/** Puts results along the last axis back to where they came from. */
function restored(emit: Emitter, result: Operand, { axis, rank }: Line, keepdims: boolean): Operand {
  const back = swapAxes(emit, result, rank, axis, rank - 1);
  return keepdims ? back : squeeze(emit, back, axis);
}

interface Sorted {
  readonly values: Operand;
  readonly positions: Operand;
}

function sortedLine(emit: Emitter, { input, rank, size }: Line): Sorted {
  const [values, positions] = orderedAlong(emit, input, { axis: rank - 1, count: size, largest: false });
  return { values: values ?? input, positions: positions ?? input };
}

function pick(emit: Emitter, input: Operand, index: Operand, { rank }: Line): Operand {
  return emit.op("GatherElements", [input, index], { axis: rank - 1 });
}

/** `index` for every row. */
function everywhere(emit: Emitter, { input, rank }: Line, index: number): Operand {
  const leading = emit.op("Shape", [input], { end: rank - 1 });
  const shape = rank === 1 ? emit.int64s([1]) : emit.op("Concat", [leading, emit.int64s([1])], { axis: 0 });
  return emit.op("Expand", [emit.int64(index), shape]);
}

/** Values and positions of one rank of each row. */
function ranked(emit: Emitter, call: Call, line: Line, sorted: Sorted, index: Operand): readonly Operand[] {
  const keepdims = call.has("keepdim") && call.boolean("keepdim");
  return [sorted.values, sorted.positions].map((each) => restored(emit, pick(emit, each, index, line), line, keepdims));
}

/** Without axes of its own, a 0-d tensor gives itself and position 0. */
function alongDim(run: (emit: Emitter, call: Call, line: Line) => readonly Operand[]): Rule {
  return (emit, call) => {
    const self = call.tensor("self");
    if (self.shape.length === 0) return [self, emit.int64(0)];
    const line = lineOf(emit, call, self, call.axis("dim", self.shape.length));
    if (line.size === 0 || self.shape.includes(0)) return call.refuse("an empty tensor");
    return run(emit, call, line);
  };
}

const kthValue = alongDim((emit, call, line) =>
  ranked(emit, call, line, sortedLine(emit, line), everywhere(emit, line, call.number("k") - 1)),
);

/** The rank of the median: where there is a NaN that, or else of what is none. */
function medianRank(emit: Emitter, line: Line, sorted: Sorted, ignoresNaN: boolean): Operand {
  const f = new Formula(emit);
  const middle = Math.floor((line.size - 1) / 2);
  if (!emit.isFloating(line.input)) return everywhere(emit, line, middle);
  const marks = emit.cast(f.isNaN(sorted.values), "int64");
  const count = reduce(emit, "ReduceSum", marks, { axes: [line.rank - 1], keepdims: true });
  const known = f.sub(line.size, count);
  if (ignoresNaN) return emit.op("Div", [f.max(f.sub(known, 1), 0), emit.int64(2)]);
  return f.where(f.greater(count, 0), known, middle);
}

function medianAlong(ignoresNaN: boolean): Rule {
  return alongDim((emit, call, line) => {
    const sorted = sortedLine(emit, line);
    return ranked(emit, call, line, sorted, medianRank(emit, line, sorted, ignoresNaN));
  });
}

function medianOfAll(ignoresNaN: boolean): Rule {
  return (emit, call) => {
    const self = call.tensor("self");
    const line = lineOf(emit, call, self, undefined);
    if (line.size === 0) return emit.constant(self.dtype, Number.NaN);
    const sorted = sortedLine(emit, line);
    const found = pick(emit, sorted.values, medianRank(emit, line, sorted, ignoresNaN), line);
    return reshapeTo(emit, found, []);
  };
}

const LARGEST_MODE = 4096;

/** The most frequent value, the least of equally frequent ones, and the last place where it stands. */
const mode = alongDim((emit, call, line) => {
  if (line.size > LARGEST_MODE) return call.refuse("more elements than can be compared with each other");
  const f = new Formula(emit);
  const { input, rank, size } = line;
  const last = { axes: [rank - 1], keepdims: true };
  const isEqual = f.equal(unsqueeze(emit, input, rank), unsqueeze(emit, input, rank - 1));
  const counts = reduce(emit, "ReduceSum", emit.cast(isEqual, "int64"), { axes: [rank], keepdims: false });
  const isMost = f.equal(counts, reduce(emit, "ReduceMax", counts, last));
  const sorted = sortedLine(emit, line);
  const isMostSorted = pick(emit, isMost, sorted.positions, line);
  const first = emit.op("ArgMax", [emit.cast(isMostSorted, "int32")], { axis: rank - 1, keepdims: 1 });
  const value = pick(emit, sorted.values, first, line);
  const range = emit.op("Range", [emit.int64(0), emit.int64(size), emit.int64(1)]);
  const places = f.where(f.equal(input, value), range, -1);
  const place = reduce(emit, "ReduceMax", places, last);
  return [value, place].map((each) => restored(emit, each, line, call.boolean("keepdim")));
});

/** The rank to begin at and how far on from there to the next one. */
type Weighting = (f: Formula, rank: Operand) => readonly [Operand, Operand?];

/** How a quantile lies between the two values next to it. */
const WEIGHTS: ReadonlyMap<string, Weighting> = new Map<string, Weighting>([
  ["linear", (f, rank) => [f.floor(rank), f.sub(rank, f.floor(rank))]],
  ["midpoint", (f, rank) => [f.floor(rank), f.add(f.mul(rank, 0), 0.5)]],
  ["lower", (f, rank) => [f.floor(rank)]],
  ["higher", (f, rank) => [f.emit.op("Ceil", [rank])]],
  ["nearest", (f, rank) => [f.emit.op("Round", [rank])]],
]);

function between(f: Formula, below: Operand, above: Operand, weight: Operand): Operand {
  const distance = f.sub(above, below);
  const fromBelow = f.add(below, f.mul(weight, distance));
  const fromAbove = f.sub(above, f.mul(distance, f.sub(1, weight)));
  return f.where(f.less(weight, 0.5), fromBelow, fromAbove);
}

/** The ranks, whole or not, of the quantiles of each row, along the last axis. */
function quantileRanks(f: Formula, line: Line, sorted: Sorted, quantiles: Operand, ignoresNaN: boolean): Operand {
  const marks = f.cast(f.isNaN(sorted.values), sorted.values.dtype);
  const missing = reduce(f.emit, "ReduceSum", marks, { axes: [line.rank - 1], keepdims: true });
  if (ignoresNaN) return f.max(f.mul(f.sub(line.size - 1, missing), quantiles), 0);
  const ranks = f.mul(quantiles, f.add(f.mul(missing, 0), line.size - 1));
  return f.where(f.greater(missing, 0), line.size - 1, ranks);
}

function quantileValues(f: Formula, call: Call, line: Line, sorted: Sorted, ranks: Operand): Operand {
  const name = call.has("interpolation") ? call.string("interpolation") : "linear";
  const weights = WEIGHTS.get(name) ?? call.refuse(`interpolation ${name}`);
  const [below, weight] = weights(f, ranks);
  const at = (rank: Operand) => pick(f.emit, sorted.values, f.cast(rank, "int64"), line);
  return weight ? between(f, at(below), at(f.emit.op("Ceil", [ranks])), weight) : at(below);
}

/** The quantiles come first in the result, unless there is one that is a number. */
function quantile(ignoresNaN: boolean): Rule {
  return (emit, call) => {
    const f = new Formula(emit);
    const self = call.tensor("self");
    const rank = self.shape.length;
    const line = lineOf(emit, call, self, call.has("dim") && rank > 0 ? call.axis("dim", rank) : undefined);
    const sorted = sortedLine(emit, line);
    const isVector = !call.isNumber("q") && call.tensor("q").shape.length === 1;
    const quantiles = isVector ? call.operand("q") : reshapeTo(emit, call.operand("q"), [1]);
    const ranks = quantileRanks(f, line, sorted, quantiles, ignoresNaN);
    const values = quantileValues(f, call, line, sorted, ranks);
    return arranged(emit, call, line, values, isVector);
  };
}

/** Moves the quantiles to the front and puts back the reduced axis, or all axes when all were reduced. */
function arranged(emit: Emitter, call: Call, line: Line, values: Operand, isVector: boolean): Operand {
  const { rank, axis } = line;
  const selfRank = call.tensor("self").shape.length;
  const others = Array.from({ length: rank - 1 }, (_, i) => i);
  const front = emit.transpose(values, [rank - 1, ...others]);
  const isFlat = !call.has("dim") || selfRank === 0;
  const restoredRank = isFlat ? selfRank : rank;
  const keeps = call.boolean("keepdim");
  if (isFlat) {
    const ones = keeps ? Array<number>(restoredRank).fill(1) : [];
    return reshapeTo(emit, front, isVector ? [-1, ...ones] : ones);
  }
  const swapped = emit.transpose(unsqueeze(emit, front, rank), swappedAxes(rank, axis));
  const kept = keeps ? swapped : squeeze(emit, swapped, axis + 1);
  return isVector ? kept : squeeze(emit, kept, 0);
}

/** Behind a new first axis, the last axis and the one it was swapped with change places again. */
function swappedAxes(rank: number, axis: number): readonly number[] {
  return Array.from({ length: rank + 1 }, (_, i) => {
    if (i === axis + 1) return rank;
    return i === rank ? axis + 1 : i;
  });
}

const sortedRows: Rule = (emit, call) => {
  const self = call.tensor("self");
  if (self.shape.length === 0) return self;
  const size = call.known(self.shape[0], "the number of rows");
  return orderedAlong(emit, self, { axis: 0, count: size, largest: false }).slice(0, 1);
};

export const ORDER_STATISTICS: RuleTable = {
  "aten.kthvalue.default": kthValue,
  "aten.median.default": medianOfAll(false),
  "aten.median.dim": medianAlong(false),
  "aten.nanmedian.default": medianOfAll(true),
  "aten.nanmedian.dim": medianAlong(true),
  "aten.mode.default": mode,
  "aten.quantile.default": quantile(false),
  "aten.quantile.scalar": quantile(false),
  "aten.nanquantile.default": quantile(true),
  "aten.nanquantile.scalar": quantile(true),
  "aten.msort.default": sortedRows,
};
