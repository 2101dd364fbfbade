import { dimEquals } from "../../core/index.ts";
import type { BatchCall } from "./batch-call.ts";
import { over, productOf, times } from "./product.ts";
import { axisOf, cofactor, mentions, plainRows, regrouped, sameGrain } from "./rows.ts";
import {
  type BatchRule,
  broadcastRows,
  each,
  hasRows,
  NEVER,
  type Outcome,
  type RowOperand,
  type RuleTable,
  same,
} from "./rule.ts";

/** The elements stay what they are and where they are. */
const unchanged = same("self", () => true, { takesNumbers: true });

/** As numbers of rows, elements stay what they are only in a dtype that holds them all. */
const converted: BatchRule = {
  parameters: ["self", "other"],
  takesNumbers: true,
  follow: (call) => {
    const self = call.operand("self");
    if (!hasRows(self)) return "none";
    const isExact = call.dtype === "int64" || call.dtype === "int32";
    return isExact || !self.rows.areNumbers ? self.rows : undefined;
  },
};

/** Of `other`, only the shape counts. */
const regroup: BatchRule = {
  parameters: ["self", "other"],
  takesSizes: true,
  takesNumbers: true,
  follow: (call) => {
    const self = call.operand("self");
    return hasRows(self) ? regrouped(self.rows, self.shape, call.shape, call.symbol) : undefined;
  },
};

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

/** Axis `i` of the result is axis `order[i]` of `self`. */
function permutation(order: (call: BatchCall, rank: number) => readonly number[] | undefined): BatchRule {
  return {
    parameters: ["self"],
    takesNumbers: true,
    follow: (call) => {
      const self = call.operand("self");
      const axes = self && order(call, self.rank);
      return hasRows(self) && axes ? { ...self.rows, axis: axes.indexOf(self.rows.axis) } : undefined;
    },
  };
}

function swapped(rank: number, a: number | undefined, b: number | undefined): readonly number[] | undefined {
  if (a === undefined || b === undefined) return undefined;
  return range(rank).map((axis) => (axis === a ? b : axis === b ? a : axis));
}

const swap = (first: string, second: string): BatchRule =>
  permutation((call, rank) => swapped(rank, call.axis(first, rank), call.axis(second, rank)));

const swapLast = permutation((_, rank) => (rank < 2 ? range(rank) : swapped(rank, rank - 2, rank - 1)));

const move = permutation((call, rank) => {
  const [from, to] = [call.axes("source", rank), call.axes("destination", rank)];
  if (from === undefined || from.length !== to?.length) return undefined;
  const rest = range(rank).filter((axis) => !from.includes(axis));
  return range(rank).map((axis) => (to.includes(axis) ? from[to.indexOf(axis)] : rest.shift()) ?? axis);
});

/** Rows of a tensor whose rows are all alike. */
export function alike(call: BatchCall): Outcome {
  if (!call.shape.some((dim) => mentions(dim, call.symbol))) return "none";
  const axis = axisOf(call.shape, call.symbol);
  const inner = axis === undefined ? undefined : cofactor(call.shape[axis] ?? 0, call.symbol);
  return axis !== undefined && inner ? plainRows(axis, inner) : undefined;
}

/** Rows keep their axis, counted from the back; of `other`, only the shape counts. */
const broadcast: BatchRule = {
  parameters: ["self", "other"],
  takesSizes: true,
  takesNumbers: true,
  follow: (call) => {
    const self = call.operand("self");
    return hasRows(self) ? { ...self.rows, axis: call.shape.length - self.rank + self.rows.axis } : alike(call);
  },
};

/** Copies of the whole stand side by side, outside of the row number. */
const repeat: BatchRule = {
  parameters: ["self"],
  takesSizes: true,
  follow: (call) => {
    const self = call.operand("self");
    if (!hasRows(self)) return alike(call);
    const axis = call.shape.length - self.rank + self.rows.axis;
    const copies = over(productOf([call.shape[axis] ?? 0]), productOf([self.shape[self.rows.axis] ?? 0]));
    return copies && { ...self.rows, axis, outer: times(self.rows.outer, copies) };
  },
};

/** Copies of each element stand side by side, inside of the row number. */
const repeatInterleaved: BatchRule = {
  parameters: ["self"],
  follow: (call) => {
    const self = call.operand("self");
    const axis = self && call.axis("dim", self.rank);
    const repeats = call.number("repeats");
    if (!hasRows(self) || axis === undefined || repeats === undefined) return undefined;
    if (axis !== self.rows.axis) return self.rows;
    return { ...self.rows, inner: times(self.rows.inner, { factor: repeats, atoms: [] }) };
  },
};

/** Whether the operator works along another axis than that of the rows. */
export function isAlongOther({ rank, rows }: RowOperand, call: BatchCall): boolean {
  const axes = call.axes("dim", rank) ?? call.axes("dims", rank);
  return axes !== undefined && !axes.includes(rows.axis);
}

/** PyTorch drops an axis of size 1 only, which the axis of the rows is when there is one row. */
const squeeze: BatchRule = {
  ...regroup,
  follow: (call) => {
    const self = call.operand("self");
    return hasRows(self) && isAlongOther(self, call) ? regroup.follow(call) : undefined;
  },
};

/** The rows after axis `dim` of `self` is gone. */
const removeAxis: BatchRule = {
  parameters: ["self"],
  takesNumbers: true,
  follow: (call) => {
    const self = call.operand("self");
    const axis = self && call.axis("dim", self.rank);
    if (!hasRows(self) || axis === undefined || axis === self.rows.axis) return undefined;
    return { ...self.rows, axis: self.rows.axis - (axis < self.rows.axis ? 1 : 0) };
  },
};

/** Whether the result is as long along the rows as `self`, which then is taken whole. */
const isWhole = ({ shape, rows }: RowOperand, call: BatchCall): boolean =>
  call.number("step") === 1 && dimEquals(shape[rows.axis] ?? 0, call.shape[rows.axis] ?? 0);

const slice = same(
  "self",
  (self, call) => (isAlongOther(self, call) ? !call.isSize("start") && !call.isSize("end") : isWhole(self, call)),
  { takesNumbers: true, takesSizes: true },
);

/** Tensors with the same rows on one axis; side by side on that axis, they are outside of the row number. */
const join: BatchRule = {
  parameters: ["tensors"],
  follow: (call) => {
    const tensors = call.operands("tensors");
    const [first] = tensors;
    const axis = first && call.axis("dim", first.rank);
    if (!hasRows(first) || axis === undefined) return undefined;
    const { rows } = first;
    const areAligned = tensors.every((each) => each.rows?.axis === rows.axis && sameGrain(each.rows, rows));
    if (!areAligned) return undefined;
    return axis === rows.axis ? { ...rows, outer: times(rows.outer, { factor: tensors.length, atoms: [] }) } : rows;
  },
};

/** Tensors of one shape become the places along a new axis `dim`. */
const stack: BatchRule = {
  parameters: ["tensors"],
  follow: (call) => {
    const tensors = call.operands("tensors");
    const axis = call.axis("dim", call.shape.length);
    const [first] = tensors;
    if (axis === undefined || !first || !tensors.every(hasRows)) return undefined;
    const rows = broadcastRows(tensors, first.rank);
    return rows && { ...rows, axis: rows.axis + (axis <= rows.axis ? 1 : 0) };
  },
};

const isBeforeLast =
  (count: number) =>
  ({ rank, rows }: RowOperand): boolean =>
    rows.axis < rank - count;

export const SHAPE_RULES: RuleTable = [
  ...each("alias detach clone contiguous lift_fresh lift_fresh_copy positive resolve_conj resolve_neg", unchanged),
  ...each("to _to_copy type_as", converted),
  ...each("view view_as _unsafe_view _reshape_alias reshape reshape_as flatten unflatten ravel unsqueeze", regroup),
  ["view.dtype", NEVER],
  ["squeeze", squeeze],
  ["permute", permutation((call, rank) => call.axes("dims", rank))],
  ["transpose", swap("dim0", "dim1")],
  ["swapdims", swap("dim0", "dim1")],
  ["swapaxes", swap("axis0", "axis1")],
  ...each("t mT", swapLast),
  ...each("movedim moveaxis", move),
  ...each("expand expand_as broadcast_to", broadcast),
  ...each("repeat tile", repeat),
  ["repeat_interleave.self_int", repeatInterleaved],
  ...each("select unbind", removeAxis),
  ["slice", slice],
  ...each(
    "narrow split split_with_sizes unsafe_split unsafe_split_with_sizes chunk unsafe_chunk tensor_split",
    same("self", isAlongOther),
  ),
  ...each("flip roll glu", same("self", isAlongOther)),
  ["unfold", same("self", ({ rank, rows }, call) => call.axis("dimension", rank) !== rows.axis)],
  ...each("cat concat concatenate", join),
  ["stack", stack],
  ...each("tril triu", same("self", isBeforeLast(2))),
  ...each("pixel_shuffle pixel_unshuffle", same("self", isBeforeLast(3))),
];
