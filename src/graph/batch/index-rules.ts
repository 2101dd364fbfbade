import type { BatchCall, Operand } from "./batch-call.ts";
import { isSingle, type Rows, sameGrain } from "./rows.ts";
import { type BatchRule, broadcastRows, each, hasRows, type Outcome, type RuleTable, same } from "./rule.ts";
import { isAlongOther } from "./shape-rules.ts";

const MASKS: ReadonlySet<string> = new Set(["bool", "uint8"]);

/** Where the indexed axes of `self` go: the shape of the indices, broadcast, stands in their place. */
interface Placement {
  /** The first axis of the broadcast indices in the result. */
  readonly at: number;
  /** How many axes they have. */
  readonly rank: number;
}

/** Indices with an axis between them go to the front. */
function placement(places: readonly (Operand | undefined)[], indices: readonly Operand[]): Placement {
  const first = places.findIndex((place) => place !== undefined);
  const last = places.findLastIndex((place) => place !== undefined);
  const areAdjacent = last - first + 1 === indices.length;
  return { at: areAdjacent ? first : 0, rank: Math.max(...indices.map(({ rank }) => rank)) };
}

/** Rows on an axis that is not indexed, by indices that are the same for all rows. */
function besideIndices(rows: Rows, places: readonly (Operand | undefined)[], { at, rank }: Placement): Rows {
  const before = Array.from({ length: rows.axis }, (_, axis) => places[axis]).filter((place) => !place).length;
  return { ...rows, axis: before < at ? before : before + rank };
}

/** Rows that are taken by their own numbers: `self[row, index]` for each row. */
function byNumber(rows: Rows, index: Operand, indices: readonly Operand[]): Rows | undefined {
  const others = indices.filter((other) => other !== index);
  const isTakingRows = index.rows?.areNumbers === true && isSingle(index.rows) && isSingle(rows);
  if (!isTakingRows || others.some((other) => other.rows?.areNumbers)) return undefined;
  return broadcastRows(indices, Math.max(...indices.map(({ rank }) => rank)));
}

function indexed(call: BatchCall): Outcome {
  const self = call.operand("self");
  const places = call.places("indices");
  const indices = places.filter((place) => place !== undefined);
  if (!self || indices.length === 0 || indices.some(({ dtype }) => MASKS.has(dtype))) return undefined;
  const where = placement(places, indices);
  const index = self.rows && places[self.rows.axis];
  if (self.rows && !index) return indices.some(hasRows) ? undefined : besideIndices(self.rows, places, where);
  const isNumbered = indices.some(({ rows }) => rows?.areNumbers);
  const rows =
    self.rows && index
      ? byNumber(self.rows, index, indices)
      : isNumbered
        ? undefined
        : broadcastRows(indices, where.rank);
  return rows && { ...rows, axis: where.at + rows.axis, areNumbers: false };
}

/** `self[mask] = number` is pointwise. */
function putByMask(call: BatchCall): Outcome {
  const self = call.operand("self");
  const [mask, ...more] = call.places("indices");
  const values = call.operand("values");
  if (!hasRows(self) || !hasRows(mask) || more.length > 0 || mask.dtype !== "bool") return undefined;
  const isAligned = mask.rows.axis === self.rows.axis && sameGrain(mask.rows, self.rows);
  const isOneNumber = values?.rows === undefined && (values?.shape.every((dim) => dim === 1) ?? false);
  return isAligned && isOneNumber && call.args["accumulate"] === false ? self.rows : undefined;
}

const indexSelect: BatchRule = {
  parameters: ["self", "index"],
  follow: (call) => {
    const [self, index] = [call.operand("self"), call.operand("index")];
    const axis = self && call.axis("dim", self.rank);
    if (axis === undefined) return undefined;
    if (hasRows(self)) return hasRows(index) || axis === self.rows.axis ? undefined : self.rows;
    return hasRows(index) ? { ...index.rows, axis } : undefined;
  },
};

/** All tensors have the same rows on one axis, and elements move along another. */
const alongAnother = (...parameters: readonly string[]): BatchRule => ({
  parameters,
  follow: (call) => {
    const operands = parameters.flatMap((parameter) => call.operands(parameter));
    const [first] = operands;
    if (!hasRows(first) || !isAlongOther(first, call)) return undefined;
    const areAligned = operands.every(
      ({ rank, rows }) => rank === first.rank && rows?.axis === first.rows.axis && sameGrain(rows, first.rows),
    );
    return areAligned ? first.rows : undefined;
  },
});

/** The element of `self` at `dim` is replaced by `src`, which lacks that axis. */
const selectScatter: BatchRule = {
  parameters: ["self", "src"],
  follow: (call) => {
    const [self, src] = [call.operand("self"), call.operand("src")];
    const axis = self && call.axis("dim", self.rank);
    if (!hasRows(self) || !hasRows(src) || axis === undefined || axis === self.rows.axis) return undefined;
    const expected = self.rows.axis - (axis < self.rows.axis ? 1 : 0);
    return src.rows.axis === expected && sameGrain(src.rows, self.rows) ? self.rows : undefined;
  },
};

const oneHot = same("self", (_, call) => (call.number("num_classes") ?? -1) > 0);

export const INDEX_RULES: RuleTable = [
  ...each("index.Tensor _unsafe_index.Tensor", {
    parameters: ["self", "indices"],
    takesNumbers: true,
    follow: indexed,
  }),
  ["index_put", { parameters: ["self", "indices"], follow: putByMask }],
  ["index_select", indexSelect],
  ["gather", alongAnother("self", "index")],
  ...each("scatter scatter_add scatter_reduce", alongAnother("self", "index", "src")),
  ["slice_scatter", alongAnother("self", "src")],
  ["select_scatter", selectScatter],
  ["one_hot", oneHot],
];
