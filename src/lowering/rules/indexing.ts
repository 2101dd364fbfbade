import type { Call } from "../call.ts";
import type { Emitter } from "../emitter.ts";
import type { Operand, ShapedOperand } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";
import { reshapeTo, shapeVector, sizeOf, unsqueeze } from "../shaping.ts";

/** Beyond every axis, so that the runtime reports it. */
const OUT_OF_BOUNDS = 2n ** 62n;

/** Indices of which negative ones fail the run, as in PyTorch; the native kernels would count from the end. */
function nonNegative(emit: Emitter, call: Call, name: string): ShapedOperand {
  const index = call.tensor(name);
  const positions = emit.cast(index, "int64");
  const isNegative = emit.op("Less", [positions, emit.int64(0)]);
  return { ...index, ...emit.op("Where", [isNegative, emit.constant("int64", OUT_OF_BOUNDS), positions]) };
}

const embedding: Rule = (emit, call) =>
  emit.op("Gather", [call.tensor("weight"), nonNegative(emit, call, "indices")], { axis: 0 });

const indexSelect: Rule = (emit, call) => {
  const self = call.tensor("self");
  const index = nonNegative(emit, call, "index");
  if (self.shape.length === 0) return emit.op("Gather", [reshapeTo(emit, self, [1]), reshapeTo(emit, index, [])]);
  const list = index.shape.length === 0 ? reshapeTo(emit, index, [1]) : index;
  return emit.op("Gather", [self, list], { axis: call.axis("dim", self.shape.length) });
};

const gather: Rule = (emit, call) => {
  const self = call.tensor("self");
  const index = nonNegative(emit, call, "index");
  const rank = self.shape.length;
  if (index.shape.includes(0)) return emit.op("Expand", [emit.constant(self.dtype, 0), shapeVector(emit, index)]);
  if (rank > 0) return emit.op("GatherElements", [self, index], { axis: call.axis("dim", rank) });
  const found = emit.op("GatherElements", [reshapeTo(emit, self, [1]), reshapeTo(emit, index, [-1])], { axis: 0 });
  return reshapeTo(emit, found, call.shape.length === 0 ? [] : [-1]);
};

/** A tensor that says which positions of one axis are taken; masks make one for each of their axes. */
interface AxisIndex {
  readonly axis: number;
  readonly positions: Operand;
  readonly rank: number;
}

/** The positions where a mask is true, as one vector for each of its axes. */
function maskIndices(emit: Emitter, mask: ShapedOperand, axis: number): readonly AxisIndex[] {
  const places = emit.op("NonZero", [emit.cast(mask, "bool")]);
  return mask.shape.map((_, i) => {
    const positions = emit.op("Gather", [places, emit.int64(i)], { axis: 0 });
    return { axis: axis + i, positions, rank: 1 };
  });
}

function axisIndices(emit: Emitter, call: Call): readonly AxisIndex[] {
  const found: AxisIndex[] = [];
  let axis = 0;
  for (const index of call.optionalTensors("indices")) {
    const isMask = index?.dtype === "bool" || index?.dtype === "uint8";
    if (index && isMask) found.push(...maskIndices(emit, index, axis));
    else if (index) found.push({ axis, positions: emit.cast(index, "int64"), rank: index.shape.length });
    axis += index && isMask ? index.shape.length : 1;
  }
  return found;
}

/** Broadcasts the positions of all axes to each other and puts them side by side on a new last axis. */
function coordinates(emit: Emitter, indices: readonly AxisIndex[]): Operand {
  const zeros = indices.map(({ positions }) => emit.op("Mul", [positions, emit.int64(0)]));
  const zero = zeros.reduce((sum, next) => emit.op("Add", [sum, next]));
  const columns = indices.map(({ positions, rank }) => {
    const full = indices.length === 1 ? positions : emit.op("Add", [positions, zero]);
    return unsqueeze(emit, full, Math.max(rank, ...indices.map((index) => index.rank)));
  });
  return columns.length === 1 && columns[0] ? columns[0] : emit.op("Concat", columns, { axis: -1 });
}

function areAdjacent(indices: readonly AxisIndex[]): boolean {
  return indices.every(({ axis }, i) => axis === (indices[0]?.axis ?? 0) + i);
}

/** The axes that are indexed, then the others. */
function indexedFirst(self: ShapedOperand, indices: readonly AxisIndex[]): readonly number[] {
  const indexed = indices.map(({ axis }) => axis);
  return [...indexed, ...self.shape.map((_, axis) => axis).filter((axis) => !indexed.includes(axis))];
}

/** How many axes the indices have together. */
function rankOf(indices: readonly AxisIndex[]): number {
  return Math.max(...indices.map((index) => index.rank));
}

/** Where the axes of the indices stand in what indexing gives: first, unless the indexed axes are adjacent. */
function placeOf(indices: readonly AxisIndex[]): number {
  return areAdjacent(indices) ? (indices[0]?.axis ?? 0) : 0;
}

function range(start: number, end: number): readonly number[] {
  return Array.from({ length: end - start }, (_, i) => start + i);
}

const index: Rule = (emit, call) => take(emit, call.tensor("self"), axisIndices(emit, call));

function take(emit: Emitter, self: ShapedOperand, indices: readonly AxisIndex[]): Operand {
  const [first] = indices;
  if (first === undefined) return self;
  if (indices.length === 1) return emit.op("Gather", [self, first.positions], { axis: first.axis });
  const moved = emit.transpose(self, indexedFirst(self, indices));
  const taken = emit.op("GatherND", [moved, coordinates(emit, indices)]);
  const rank = rankOf(indices);
  const rest = range(rank, rank + self.shape.length - indices.length);
  return emit.transpose(taken, rest.toSpliced(placeOf(indices), 0, ...range(0, rank)));
}

/** Positions beyond the ends are moved to them: a mask tells what is not to be found there. */
function clampedIndices(emit: Emitter, call: Call, self: ShapedOperand): readonly AxisIndex[] {
  if (self.shape.includes(0)) return call.refuse("nothing to index");
  return axisIndices(emit, call).map((each) => {
    const size = emit.int64(sizeOf(emit, self, each.axis));
    const ends = [emit.op("Neg", [size]), emit.op("Sub", [size, emit.int64(1)])];
    return { ...each, positions: emit.op("Clip", [each.positions, ...ends]) };
  });
}

const maskedIndex: Rule = (emit, call) => {
  const self = call.tensor("self");
  const taken = take(emit, self, clampedIndices(emit, call, self));
  return emit.op("Where", [call.operand("mask", "bool"), taken, call.converted("fill")]);
};

const maskedAdd: Rule = (emit, call) => {
  const self = call.tensor("self");
  const values = call.operand("values");
  const kept = emit.op("Where", [call.operand("mask", "bool"), values, emit.like(values, 0)]);
  return putAt(emit, self, clampedIndices(emit, call, self), { values: kept, accumulates: true });
};

/** One mask and one value: what is true is replaced. */
function maskedPut(emit: Emitter, call: Call, self: ShapedOperand, mask: ShapedOperand): Operand {
  const trailing = Array.from({ length: self.shape.length - mask.shape.length }, (_, i) => mask.shape.length + i);
  return emit.op("Where", [unsqueeze(emit, mask, ...trailing), call.operand("values"), self]);
}

const indexPut: Rule = (emit, call) => {
  const self = call.tensor("self");
  const [only, ...others] = call.optionalTensors("indices");
  const isOneValue = call.tensor("values").shape.length === 0;
  if (only?.dtype === "bool" && others.length === 0 && isOneValue && !call.boolean("accumulate")) {
    return maskedPut(emit, call, self, only);
  }
  const update = { values: call.operand("values"), accumulates: call.boolean("accumulate") };
  return putAt(emit, self, axisIndices(emit, call), update);
};

interface Update {
  readonly values: Operand;
  /** Whether values are added to what is there. */
  readonly accumulates: boolean;
}

/** Writes with the indexed axes moved to the front. */
function putAt(emit: Emitter, self: ShapedOperand, indices: readonly AxisIndex[], update: Update): Operand {
  const order = indexedFirst(self, indices);
  const moved = emit.transpose(self, order);
  const where = coordinates(emit, indices);
  const updates = updatesFor(emit, update.values, { ...moved, shape: self.shape }, where, indices);
  const put = emit.op("ScatterND", [moved, where, updates], update.accumulates ? { reduction: "add" } : {});
  return emit.transpose(
    put,
    order.map((_, axis) => order.indexOf(axis)),
  );
}

/** The values in the shape that indexing would give, with the axes of the indices moved to the front. */
function updatesFor(
  emit: Emitter,
  values: Operand,
  moved: ShapedOperand,
  where: Operand,
  indices: readonly AxisIndex[],
): Operand {
  const [count, rank, place] = [indices.length, rankOf(indices), placeOf(indices)];
  const sizes = [
    ...(place > 0 ? [emit.op("Shape", [moved], { start: count, end: count + place })] : []),
    emit.op("Shape", [where], { start: 0, end: rank }),
    emit.op("Shape", [moved], { start: count + place }),
  ];
  const written = emit.op("Expand", [values, emit.op("Concat", sizes, { axis: 0 })]);
  const rest = range(0, place).concat(range(place + rank, rank + moved.shape.length - count));
  return emit.transpose(written, [...range(place, place + rank), ...rest]);
}

const oneHot: Rule = (emit, call) => {
  const classes = call.number("num_classes");
  if (classes < 0) return call.refuse("num_classes depends on the data");
  const range = emit.op("Range", [emit.int64(0), emit.int64(classes), emit.int64(1)]);
  const self = nonNegative(emit, call, "self");
  const checked = emit.op("Gather", [range, self], { axis: 0 });
  return emit.cast(emit.op("Equal", [unsqueeze(emit, checked, self.shape.length), range]), "int64");
};

const nonZero: Rule = (emit, call) => {
  const self = call.operand("self", "bool");
  if (call.tensor("self").shape.length > 0) return emit.transpose(emit.op("NonZero", [self]), [1, 0]);
  return emit.op("Expand", [emit.int64(0), emit.int64s([emit.cast(self, "int64"), 0])]);
};

export const INDEXING: RuleTable = {
  "aten.embedding.default": embedding,
  "aten.index_select.default": indexSelect,
  "aten.gather.default": gather,
  "aten.index.Tensor": index,
  "aten._unsafe_index.Tensor": index,
  "aten._unsafe_masked_index.default": maskedIndex,
  "aten._unsafe_masked_index_put_accumulate.default": maskedAdd,
  "aten.index_put.default": indexPut,
  "aten._unsafe_index_put.default": indexPut,
  "aten.one_hot.default": oneHot,
  "aten.nonzero.default": nonZero,
};
