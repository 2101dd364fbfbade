import { numel } from "../../core/index.ts";
import type { Call } from "../call.ts";
import { normalizeAxis } from "../call.ts";
import type { Emitter } from "../emitter.ts";
import type { Operand, ShapedOperand, Size } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";
import { END, reshapeLike, reshapeTo, sizeOf, slice, squeeze, unsqueeze } from "../shaping.ts";

const select: Rule = (emit, call) => {
  const self = call.tensor("self");
  const axis = call.axis("dim", self.shape.length);
  return emit.op("Gather", [self, emit.int64(call.size("index"))], { axis });
};

const sliceRule: Rule = (emit, call) => {
  const self = call.tensor("self");
  const start = call.has("start") ? call.size("start") : 0;
  const end = call.has("end") ? call.size("end") : END;
  return slice(emit, self, call.axis("dim", self.shape.length), start, end, call.number("step"));
};

function sum(emit: Emitter, a: Size, b: Size): Size {
  if (typeof a === "number" && typeof b === "number") return a + b;
  return emit.op("Add", [emit.int64(a), emit.int64(b)]);
}

const narrow: Rule = (emit, call) => {
  const self = call.tensor("self");
  const [start, length] = [call.size("start"), call.size("length")];
  const end = sum(emit, start, length);
  const reachesEnd = typeof start === "number" && start < 0 && end === 0;
  return slice(emit, self, call.axis("dim", self.shape.length), start, reachesEnd ? END : end);
};

/** Splits along `dim` into as many pieces as the call has results. */
function split(emit: Emitter, call: Call, sizeOfPiece: (index: number, total: number) => number): readonly Operand[] {
  const self = call.tensor("self");
  const axis = call.axis("dim", self.shape.length);
  const total = call.known(self.shape[axis], "the size along dim");
  const sizes = Array.from({ length: call.resultCount }, (_, i) => sizeOfPiece(i, total));
  const isWhole = sizes.every((size) => size >= 0) && sizes.reduce((sum, size) => sum + size, 0) === total;
  if (!isWhole) return call.refuse("its pieces are not the whole");
  return sizes.length === 1 ? [self] : emit.ops("Split", [self, emit.int64s(sizes)], { axis }, sizes.length);
}

/** What lies between one bound and the next. */
function piecesBetween(emit: Emitter, call: Call, bounds: readonly Size[]): readonly Operand[] {
  const self = call.tensor("self");
  const axis = call.axis("dim", self.shape.length);
  return bounds.slice(1).map((end, i) => slice(emit, self, axis, bounds[i] ?? 0, end));
}

function isOpen(call: Call): boolean {
  const { shape } = call.tensor("self");
  return typeof shape[call.axis("dim", shape.length)] !== "number";
}

/** A number of times a size. */
function multiple(emit: Emitter, size: Size, factor: number): Size {
  if (typeof size === "number") return factor * size;
  return factor === 0 ? 0 : emit.op("Mul", [size, emit.int64(factor)]);
}

/** As many pieces as the call has results, all of `length` but the last. */
function cut(emit: Emitter, call: Call, length: Size): readonly Operand[] {
  const starts = Array.from({ length: call.resultCount }, (_, i) => multiple(emit, length, i));
  return piecesBetween(emit, call, [...starts, END]);
}

/** Pieces of `length`; what is left over makes a shorter last one. */
const splitByLength: Rule = (emit, call) => {
  const length = call.size("split_size");
  if (typeof length !== "number" || isOpen(call)) return cut(emit, call, length);
  return split(emit, call, (i, total) => Math.min(length, total - i * length));
};

const splitBySizes: Rule = (emit, call) => {
  const self = call.tensor("self");
  const axis = call.axis("dim", self.shape.length);
  const sizes = call.sizes(call.has("split_sizes") ? "split_sizes" : "split_size");
  return sizes.length === 1 ? [self] : emit.ops("Split", [self, emit.int64s(sizes)], { axis }, sizes.length);
};

/** A size along `dim` that the run tells. */
function openSize(emit: Emitter, call: Call): Operand {
  const self = call.tensor("self");
  return emit.int64(sizeOf(emit, self, call.axis("dim", self.shape.length)));
}

const chunk: Rule = (emit, call) => {
  const chunks = call.number("chunks");
  if (isOpen(call)) {
    const rounded = emit.op("Add", [openSize(emit, call), emit.int64(chunks - 1)]);
    return cut(emit, call, emit.op("Div", [rounded, emit.int64(chunks)]));
  }
  const lengthOf = (total: number) => Math.ceil(total / chunks);
  return split(emit, call, (i, total) => Math.min(lengthOf(total), total - i * lengthOf(total)));
};

function openSections(emit: Emitter, call: Call, count: number): readonly Operand[] {
  const operands = [openSize(emit, call), emit.int64(count)];
  const [length, left] = [emit.op("Div", operands), emit.op("Mod", operands)];
  const inner = Array.from({ length: count - 1 }, (_, i) => {
    const whole = emit.op("Mul", [length, emit.int64(i + 1)]);
    return emit.op("Add", [whole, emit.op("Min", [left, emit.int64(i + 1)])]);
  });
  return piecesBetween(emit, call, [0, ...inner, END]);
}

/** Sections of which the first take one more where the size does not divide. */
function sections(emit: Emitter, call: Call, count: number): readonly Operand[] {
  if (isOpen(call)) return openSections(emit, call, count);
  return split(emit, call, (i, total) => Math.floor(total / count) + (i < total % count ? 1 : 0));
}

const splitBySections: Rule = (emit, call) => sections(emit, call, call.number("sections"));

const splitAtIndices: Rule = (emit, call) => piecesBetween(emit, call, [0, ...call.sizes("indices"), END]);

/** Of a number of sections that data tell, the file tells how many there are. */
const splitByTensor: Rule = (emit, call) => {
  const given = call.tensor("tensor_indices_or_sections");
  if (given.shape.length === 0) return sections(emit, call, call.resultCount);
  const indices = Array.from({ length: call.resultCount - 1 }, (_, i) =>
    emit.op("Gather", [emit.cast(given, "int64"), emit.int64(i)], { axis: 0 }),
  );
  return piecesBetween(emit, call, [0, ...indices, END]);
};

const unbind: Rule = (emit, call) => {
  const axis = call.axis("dim", call.tensor("self").shape.length);
  return split(emit, call, () => 1).map((piece) => squeeze(emit, piece, axis));
};

/** Empty vectors take part in any concatenation without effect. */
function isLegacyEmpty({ shape }: ShapedOperand, rank: number): boolean {
  return rank !== 1 && shape.length === 1 && shape[0] === 0;
}

const concatenate: Rule = (emit, call) => {
  const rank = call.shape.length;
  const tensors = call.tensors("tensors").filter((tensor) => !isLegacyEmpty(tensor, rank));
  const converted = tensors.map((tensor) => emit.cast(tensor, call.dtype));
  return emit.op("Concat", converted, { axis: call.axis("dim", rank) });
};

const stack: Rule = (emit, call) => {
  const axis = call.axis("dim", call.shape.length);
  const converted = call.tensors("tensors").map((tensor) => unsqueeze(emit, emit.cast(tensor, call.dtype), axis));
  return emit.op("Concat", converted, { axis });
};

/** Without axes, of the flat tensor. */
const roll: Rule = (emit, call) => {
  const self = call.tensor("self");
  if (self.shape.length === 0) return self;
  const axes = call.ints("dims").map((axis) => normalizeAxis(axis, self.shape.length));
  if (axes.length === 0 && self.shape.length !== 1) return rollFlat(emit, call, self);
  return call.ints("shifts").reduce((input: Operand, shift, i) => rolled(emit, input, self, axes[i] ?? 0, shift), self);
};

function rollFlat(emit: Emitter, call: Call, self: ShapedOperand): Operand {
  const [shift = 0] = call.ints("shifts");
  const flat: ShapedOperand = { ...reshapeTo(emit, self, [-1]), shape: [numel(self.shape)] };
  return reshapeLike(emit, rolled(emit, flat, flat, 0, shift), self);
}

/** Where the elements that a positive shift moves past the end begin. */
function rollStart(emit: Emitter, input: ShapedOperand, axis: number, shift: number): Size {
  const size = sizeOf(emit, input, axis);
  if (typeof size === "number") return size === 0 ? 0 : ((-shift % size) + size) % size;
  const divisor = emit.op("Max", [size, emit.int64(1)]);
  return emit.op("Mod", [emit.int64(-shift), divisor]);
}

export function rolled(emit: Emitter, input: Operand, self: ShapedOperand, axis: number, shift: number): Operand {
  const start = rollStart(emit, self, axis, shift);
  if (start === 0) return input;
  return emit.op("Concat", [slice(emit, input, axis, start, END), slice(emit, input, axis, 0, start)], { axis });
}

const flip: Rule = (emit, call) => {
  const self = call.tensor("self");
  if (self.shape.length === 0) return self;
  const axes = call.ints("dims").map((axis) => normalizeAxis(axis, self.shape.length));
  return axes.reduce((input: Operand, axis) => slice(emit, input, axis, -1, -END, -1), self);
};

export const PIECES: RuleTable = {
  "aten.select.int": select,
  "aten.slice.Tensor": sliceRule,
  "aten.narrow.default": narrow,
  "aten.split.Tensor": splitByLength,
  "aten.split.sizes": splitBySizes,
  "aten.split_with_sizes.default": splitBySizes,
  "aten.chunk.default": chunk,
  "aten.tensor_split.sections": splitBySections,
  "aten.tensor_split.indices": splitAtIndices,
  "aten.tensor_split.tensor_indices_or_sections": splitByTensor,
  "aten.unbind.int": unbind,
  "aten.cat.default": concatenate,
  "aten.stack.default": stack,
  "aten.roll.default": roll,
  "aten.flip.default": flip,
};
