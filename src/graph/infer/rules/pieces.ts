import { type Dim, formatDim, formatShape } from "../../../core/index.ts";
import type { TensorType } from "../../types.ts";
import { ceilDivide, floorDivide, minus, plus, sameDim, smallest, times } from "../dim-math.ts";
import type { InferCall } from "../infer-call.ts";
import type { InferRule, InferRules } from "../infer-rule.ts";
import { partOrder, selectedOrder, stridedOrder } from "../order.ts";
import { sliceLength } from "../slicing.ts";
import { tensor } from "../tensor.ts";
import { named } from "./pointwise.ts";

/** No operator gives more results; a hostile program may ask for more. */
const MAX_PIECES = 65_536;

/** `self` with `size` places of axis `axis`. */
function part(self: TensorType, axis: number, size: Dim): TensorType {
  const shape = self.shape.with(axis, size);
  return tensor(self.dtype, shape, partOrder(self, axis, shape));
}

function sizeOf(call: InferCall, { shape }: TensorType, axis: number): Dim {
  return shape[axis] ?? call.refuse(shape, "a tensor with axes");
}

const sliced: InferRule = (call) => {
  const self = call.tensor("self");
  const axis = call.axis("dim", self.shape);
  const size = sizeOf(call, self, axis);
  const [start, end] = [call.has("start") ? call.size("start") : 0, call.has("end") ? call.size("end") : size];
  const length = sliceLength(size, start, end, call.size("step"));
  const isWhole = sameDim(length, size);
  const shape = self.shape.with(axis, length);
  const isStepped = !isWhole && call.number("step") !== 1 && self.shape.slice(0, axis).every((dim) => dim === 1);
  return tensor(self.dtype, shape, isStepped ? undefined : partOrder(self, axis, shape));
};

const narrowed: InferRule = (call) => {
  const self = call.tensor("self");
  const axis = call.axis("dim", self.shape);
  const [size, length] = [sizeOf(call, self, axis), call.size("length")];
  if (typeof size === "number" && typeof length === "number" && (length < 0 || length > size)) {
    return call.refuse(self.shape, `at least ${length} places on axis ${axis}`);
  }
  return part(self, axis, length);
};

type SizesRule = (call: InferCall, size: Dim, self: TensorType) => readonly Dim[];

function split(
  sizesOf: SizesRule,
  axisOf = (call: InferCall, self: TensorType) => call.axis("dim", self.shape),
): InferRule {
  return (call) => {
    const self = call.tensor("self");
    const axis = axisOf(call, self);
    return sizesOf(call, sizeOf(call, self, axis), self).map((size) => part(self, axis, size));
  };
}

/** A number of pieces that must be known. */
function known(call: InferCall, count: Dim, { shape }: TensorType): number {
  if (typeof count !== "number")
    return call.undecided(
      `the number of pieces of a tensor of shape ${formatShape(shape)} is ${formatDim(count)}`,
      count,
    );
  return count >= 0 && count <= MAX_PIECES ? count : call.refuse(shape, `at most ${MAX_PIECES} pieces`);
}

function equalPieces(call: InferCall, size: Dim, step: Dim, self: TensorType): readonly Dim[] {
  if (step === 0) return size === 0 ? [0] : call.refuse(self.shape, "an axis of size 0");
  const count = Math.max(1, known(call, ceilDivide(size, step), self));
  return Array.from({ length: count }, (_, index) => smallest(step, minus(size, times(index, step))));
}

const bySize: SizesRule = (call, size, self) => equalPieces(call, size, call.size("split_size"), self);

/** Pieces of the size that is needed for so many, which may give fewer. */
const byCount: SizesRule = (call, size, self) => {
  const count = known(call, call.int("chunks"), self);
  if (count === 0) return call.refuse(self.shape, "one piece or more");
  const step = ceilDivide(size, count);
  return step === 0 ? Array<Dim>(count).fill(0) : equalPieces(call, size, step, self);
};

const bySizes =
  (name: string): SizesRule =>
  (call, size, self) => {
    const sizes = call.sizes(name);
    const rest = minus(size, plus(0, ...sizes));
    if (typeof rest === "number" && rest !== 0) return call.refuse(self.shape, "sizes that add up to that of the axis");
    return sizes;
  };

/** The first pieces are one larger where the size does not divide. */
function sections(call: InferCall, size: Dim, count: number, self: TensorType): readonly Dim[] {
  if (count < 1) return call.refuse(self.shape, "one piece or more");
  return Array.from({ length: known(call, count, self) }, (_, index) =>
    floorDivide(plus(size, count - 1 - index), count),
  );
}

function between(size: Dim, indices: readonly Dim[]): readonly Dim[] {
  return [...indices, size].map((end, index) => sliceLength(size, indices[index - 1] ?? 0, end, 1));
}

const bySections: SizesRule = (call, size, self) => sections(call, size, call.int("sections"), self);
const byIndices: SizesRule = (call, size) => between(size, call.sizes("indices"));

/** Between positions that only the data tell. */
const byIndexTensor: SizesRule = (call, _, self) => {
  const [count] = call.tensor("tensor_indices_or_sections").shape;
  if (count === undefined) return call.refuse([], "a vector of positions, for the number of pieces must be known");
  return Array.from({ length: known(call, count, self) + 1 }, () => call.symbol("piece"));
};

const unbound: InferRule = (call) => {
  const self = call.tensor("self");
  const axis = call.axis("dim", self.shape);
  const count = known(call, sizeOf(call, self, axis), self);
  const piece = tensor(self.dtype, self.shape.toSpliced(axis, 1), selectedOrder(self, axis));
  return Array.from({ length: count }, () => piece);
};

const widthAxis = (_: InferCall, { shape }: TensorType): number => (shape.length > 1 ? 1 : 0);
const heightAxis = (): number => 0;
const depthAxis = (): number => 2;

const evenSections: SizesRule = (call, size, self) => {
  const count = call.int("sections");
  if (typeof size === "number" && size % count !== 0) return call.refuse(self.shape, `a multiple of ${count}`);
  return sections(call, size, count, self);
};

/** Windows of `size` places, which become the last axis. */
const unfolded: InferRule = (call) => {
  const { dtype, shape } = call.tensor("self");
  const axis = call.axis("dimension", shape);
  const [size, step] = [call.size("size"), call.size("step")];
  if (shape.length === 0) return tensor(dtype, [size]);
  const windows = plus(floorDivide(minus(shape[axis] ?? 1, size), step), 1);
  if (typeof windows === "number" && windows < 1) return call.refuse(shape, `at least ${size} places on axis ${axis}`);
  return tensor(dtype, [...shape.with(axis, windows), size]);
};

/** The length of diagonal `offset` of a matrix. */
export function diagonalLength(rows: Dim, columns: Dim, offset: number): Dim {
  const [height, width] = offset >= 0 ? [rows, plus(columns, -offset)] : [plus(rows, offset), columns];
  const length = smallest(height, width);
  return typeof length === "number" ? Math.max(0, length) : length;
}

const diagonal: InferRule = (call) => {
  const { dtype, shape } = call.tensor(call.has("self") ? "self" : "A");
  const [first, second] = [call.axis("dim1", shape), call.axis("dim2", shape)];
  if (first === second) return call.refuse(shape, "two different axes");
  const rest = shape.filter((_, axis) => axis !== first && axis !== second);
  return tensor(dtype, [...rest, diagonalLength(shape[first] ?? 1, shape[second] ?? 1, call.int("offset"))]);
};

const strided: InferRule = (call) => {
  const { dtype } = call.tensor("self");
  const [shape, strides] = [call.sizes("size"), call.sizes("stride")];
  return tensor(dtype, shape, stridedOrder(shape, strides));
};

export const PIECES: InferRules = {
  slice: sliced,
  narrow: narrowed,
  ...named(split(bySize), "split.Tensor unsafe_split"),
  "split.sizes": split(bySizes("split_size")),
  ...named(split(bySizes("split_sizes")), "split_with_sizes unsafe_split_with_sizes"),
  ...named(split(byCount), "chunk unsafe_chunk"),
  "tensor_split.sections": split(bySections),
  "tensor_split.indices": split(byIndices),
  "tensor_split.tensor_indices_or_sections": split(byIndexTensor),
  "hsplit.int": split(evenSections, widthAxis),
  "vsplit.int": split(evenSections, heightAxis),
  "dsplit.int": split(evenSections, depthAxis),
  "hsplit.array": split(byIndices, widthAxis),
  "vsplit.array": split(byIndices, heightAxis),
  "dsplit.array": split(byIndices, depthAxis),
  unbind: unbound,
  unfold: unfolded,
  ...named(diagonal, "diagonal linalg_diagonal"),
  as_strided: strided,
};
