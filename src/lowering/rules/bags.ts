import type { Call } from "../call.ts";
import type { Emitter } from "../emitter.ts";
import { Formula } from "../formula.ts";
import type { OnnxOpName } from "../onnx-ops.ts";
import type { Operand, Size } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";
import { END, reshapeTo, sizeOf, slice, unsqueeze } from "../shaping.ts";

/** Rows along `axis` in groups of neighbours; `isMember` has the axes before it, then groups, then rows. */
interface Groups {
  readonly isMember: Operand;
  readonly rows: Operand;
  readonly rank: number;
  readonly axis: number;
}

function membership(f: Formula, starts: Operand, ends: Operand, count: Size, axis = 0): Operand {
  const range = f.emit.op("Range", [f.emit.int64(0), f.emit.int64(count), f.emit.int64(1)]);
  const column = (bounds: Operand) => unsqueeze(f.emit, bounds, axis + 1);
  return f.and(f.lessOrEqual(column(starts), range), f.less(range, column(ends)));
}

/** The axes behind the rows, as they are when there is one more axis in front. */
function trailing({ rank, axis }: Groups, added: number): readonly number[] {
  return Array.from({ length: rank - axis - 1 }, (_, i) => axis + 1 + added + i);
}

/** The members of each group in turn, and `neutral` in the places of all others. */
function spread(f: Formula, groups: Groups, neutral: number): Operand {
  const { isMember, rows, axis } = groups;
  const members = unsqueeze(f.emit, isMember, ...trailing(groups, 1));
  return f.where(members, unsqueeze(f.emit, rows, axis), neutral);
}

function reduceRows(f: Formula, groups: Groups, op: OnnxOpName, neutral: number): Operand {
  return f.emit.op(op, [spread(f, groups, neutral), f.emit.int64s([groups.axis + 1])], { keepdims: 0 });
}

function sizes(f: Formula, groups: Groups): Operand {
  const { isMember, rows, axis } = groups;
  const counts = f.emit.op("ReduceSum", [f.cast(isMember, rows.dtype), f.emit.int64s([axis + 1])], { keepdims: 0 });
  return unsqueeze(f.emit, counts, ...trailing(groups, 0));
}

function sum(f: Formula, groups: Groups): Operand {
  return reduceRows(f, groups, "ReduceSum", 0);
}

function extremum(f: Formula, groups: Groups, op: "ReduceMax" | "ReduceMin"): Operand {
  const neutral = op === "ReduceMax" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const marked = { ...groups, rows: f.cast(f.isNaN(groups.rows), "float32") };
  const found = reduceRows(f, groups, op, neutral);
  return f.where(f.greater(sum(f, marked), 0), Number.NaN, found);
}

type Reduce = (f: Formula, groups: Groups) => Operand;

const REDUCTIONS: ReadonlyMap<string, Reduce> = new Map<string, Reduce>([
  ["sum", sum],
  ["mean", (f, groups) => f.div(sum(f, groups), sizes(f, groups))],
  ["max", (f, groups) => extremum(f, groups, "ReduceMax")],
  ["min", (f, groups) => extremum(f, groups, "ReduceMin")],
  ["prod", (f, groups) => reduceRows(f, groups, "ReduceProd", 1)],
]);

/** Where a start value joins in; a mean has it only where there is nothing else. */
const STARTS: ReadonlyMap<string, (f: Formula, found: Operand, start: number, groups: Groups) => Operand> = new Map([
  ["sum", (f: Formula, found: Operand, start: number) => f.add(found, start)],
  ["prod", (f: Formula, found: Operand, start: number) => f.mul(found, start)],
  ["max", (f: Formula, found: Operand, start: number) => f.max(found, start)],
  ["min", (f: Formula, found: Operand, start: number) => f.min(found, start)],
  [
    "mean",
    (f: Formula, _: Operand, start: number, groups: Groups) => {
      const count = sizes(f, groups);
      return f.where(f.equal(count, 0), start, f.div(f.add(sum(f, groups), start), count));
    },
  ],
]);

function segmentEnds(emit: Emitter, call: Call, axis: number): { starts: Operand; ends: Operand } {
  if (call.has("offsets")) {
    const offsets = emit.cast(call.tensor("offsets"), "int64");
    return { starts: slice(emit, offsets, axis, 0, -1), ends: slice(emit, offsets, axis, 1, END) };
  }
  const lengths = emit.cast(call.tensor("lengths"), "int64");
  const ends = emit.op("CumSum", [lengths, emit.int64(axis)]);
  return { starts: emit.op("Sub", [ends, lengths]), ends };
}

const segmentReduce: Rule = (emit, call) => {
  const f = new Formula(emit);
  const data = call.tensor("data");
  const bounds = call.tensor(call.has("offsets") ? "offsets" : "lengths");
  const axis = call.axis("axis", data.shape.length);
  if (bounds.shape.length !== axis + 1) return call.refuse("segments that are given for other axes");
  const { starts, ends } = segmentEnds(emit, call, axis);
  const isMember = membership(f, starts, ends, sizeOf(emit, data, axis), axis);
  const groups = { isMember, rows: data, rank: data.shape.length, axis };
  const name = call.string("reduce");
  const found = (REDUCTIONS.get(name) ?? call.refuse(`reduce ${name}`))(f, groups);
  if (!call.has("initial")) return found;
  return (STARTS.get(name) ?? call.refuse(`reduce ${name}`))(f, found, call.number("initial"), groups);
};

/** How PyTorch numbers what is made of the rows of a bag. */
const BAG_MODES: readonly string[] = ["sum", "mean", "max"];

interface Bag {
  readonly groups: Groups;
  readonly mode: string;
}

/** The index that does not count; undefined when all do. */
function paddingIndex(call: Call, countsFromEnd: boolean): number | undefined {
  if (!call.has("padding_idx")) return undefined;
  const padding = call.number("padding_idx");
  if (padding >= 0) return padding;
  const rows = call.known(call.tensor("weight").shape[0], "the number of rows");
  return countsFromEnd ? padding + rows : undefined;
}

function bagOf(emit: Emitter, call: Call, countsFromEnd: boolean): Bag {
  const f = new Formula(emit);
  const indices = emit.cast(call.tensor("indices"), "int64");
  const given = emit.cast(call.tensor("offsets"), "int64");
  const count = sizeOf(emit, indices, 0);
  const isClosed = call.boolean("include_last_offset");
  const starts = isClosed ? slice(emit, given, 0, 0, -1) : given;
  const last = emit.op("Reshape", [emit.int64(count), emit.int64s([1])]);
  const following = slice(emit, given, 0, 1, END);
  const ends = isClosed ? following : emit.op("Concat", [following, last], { axis: 0 });
  const inBag = membership(f, starts, ends, count);
  const padding = paddingIndex(call, countsFromEnd);
  const isMember = padding === undefined ? inBag : f.and(inBag, f.not(f.equal(indices, padding)));
  const table = emit.op("Gather", [call.tensor("weight"), indices], { axis: 0 });
  const weights = call.optionalTensor("per_sample_weights");
  const rows = weights ? f.mul(table, unsqueeze(emit, weights, 1)) : table;
  return {
    groups: { isMember, rows, rank: 2, axis: 0 },
    mode: BAG_MODES[call.number("mode")] ?? call.refuse("its mode"),
  };
}

/** Empty bags give zeros. @param countsFromEnd whether a negative padding index counts from the end or means none */
function embeddingBag(countsFromEnd: boolean): Rule {
  return (emit, call) => {
    const f = new Formula(emit);
    if ([1, 2, 3].some((index) => call.isUsed(index))) return call.refuse("results other than the first");
    const { groups, mode } = bagOf(emit, call, countsFromEnd);
    const found = (REDUCTIONS.get(mode) ?? sum)(f, groups);
    return [mode === "sum" ? found : f.where(f.equal(sizes(f, groups), 0), 0, found)];
  };
}

/** Rows that `indices` name are scaled down to `max_norm`. */
const embeddingRenorm: Rule = (emit, call) => {
  const f = new Formula(emit);
  const self = call.tensor("self");
  const indices = reshapeTo(emit, emit.cast(call.tensor("indices"), "int64"), [-1]);
  const p = call.number("norm_type");
  const powers = f.pow(f.abs(self), p);
  const norm = f.pow(emit.op("ReduceSum", [powers, emit.int64s([1])], { keepdims: 1 }), 1 / p);
  const limit = call.number("max_norm");
  const scaled = f.mul(self, f.where(f.greater(norm, limit), f.div(limit, f.add(norm, 1e-7)), 1));
  const rows = call.known(self.shape[0], "the number of rows");
  const range = emit.op("Range", [emit.int64(0), emit.int64(rows), emit.int64(1)]);
  const hits = emit.cast(f.equal(unsqueeze(emit, range, 1), indices), "int64");
  const isNamed = f.greater(emit.op("ReduceSum", [hits, emit.int64s([1])], { keepdims: 1 }), 0);
  return f.where(isNamed, scaled, self);
};

export const BAGS: RuleTable = {
  "aten.segment_reduce.default": segmentReduce,
  "aten.embedding_bag.default": embeddingBag(false),
  "aten.embedding_bag.padding_idx": embeddingBag(true),
  "aten._embedding_bag.default": embeddingBag(false),
  "aten._embedding_bag_forward_only.default": embeddingBag(false),
  "aten.embedding_renorm.default": embeddingRenorm,
};
