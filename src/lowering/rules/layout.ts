import type { Call } from "../call.ts";
import { normalizeAxis } from "../call.ts";
import type { Emitter } from "../emitter.ts";
import type { Operand, ShapedOperand, Size } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";
import { reshape, reshapeTo, shapeVector, sizesOf, squeeze, swapAxes, unsqueeze } from "../shaping.ts";

function view(sizesName: string): Rule {
  return (emit, call) => reshape(emit, call.tensor("self"), call.shape, () => call.sizes(sizesName));
}

const viewAs: Rule = (emit, call) =>
  reshape(emit, call.tensor("self"), call.shape, () => sizesOf(emit, call.tensor("other")));

const flatten: Rule = (emit, call) => {
  const self = call.tensor("self");
  const rank = self.shape.length;
  const [start, end] = [call.axis("start_dim", rank), call.axis("end_dim", rank)];
  return reshape(emit, self, call.shape, () => sizesOf(emit, self).toSpliced(start, end - start + 1, -1));
};

const unflatten: Rule = (emit, call) => {
  const self = call.tensor("self");
  const axis = call.axis("dim", self.shape.length);
  return reshape(emit, self, call.shape, () => sizesOf(emit, self).toSpliced(axis, 1, ...call.sizes("sizes")));
};

const ravel: Rule = (emit, call) => reshapeTo(emit, call.tensor("self"), [-1]);

const permute: Rule = (emit, call) => {
  const self = call.tensor("self");
  const perm = call.ints("dims").map((axis) => normalizeAxis(axis, self.shape.length));
  return emit.transpose(self, perm);
};

function swap(first: string, second: string): Rule {
  return (emit, call) => {
    const self = call.tensor("self");
    const rank = self.shape.length;
    return swapAxes(emit, self, rank, call.axis(first, rank), call.axis(second, rank));
  };
}

/** `t` of a matrix; vectors stay. */
const transposeMatrix: Rule = (emit, call) => {
  const self = call.tensor("self");
  return self.shape.length < 2 ? self : swapAxes(emit, self, 2, 0, 1);
};

const transposeLast: Rule = (emit, call) => {
  const self = call.tensor("self");
  const rank = self.shape.length;
  return swapAxes(emit, self, rank, rank - 2, rank - 1);
};

const reverseAxes: Rule = (emit, call) => {
  const self = call.tensor("self");
  const perm = self.shape.map((_, axis) => axis).reverse();
  return emit.transpose(self, perm);
};

const moveAxes: Rule = (emit, call) => {
  const self = call.tensor("self");
  const rank = self.shape.length;
  const [sources, targets] = [call.axes("source", rank), call.axes("destination", rank)];
  const rest = self.shape.map((_, axis) => axis).filter((axis) => !sources.includes(axis));
  const perm = self.shape.map((_, axis) => {
    const moved = targets.indexOf(axis);
    return (moved < 0 ? rest.shift() : sources[moved]) ?? 0;
  });
  return emit.transpose(self, perm);
};

const addAxis: Rule = (emit, call) => {
  const self = call.tensor("self");
  return unsqueeze(emit, self, call.axis("dim", self.shape.length + 1));
};

/** Only axes of size 1 go; PyTorch leaves others alone. */
function dropAxes(emit: Emitter, input: ShapedOperand, axes: readonly number[]): Operand {
  return squeeze(emit, input, ...axes.filter((axis) => input.shape[axis] === 1));
}

const squeezeRule: Rule = (emit, call) => {
  const self = call.tensor("self");
  const rank = self.shape.length;
  const all = self.shape.map((_, axis) => axis);
  return dropAxes(emit, self, call.has("dim") ? call.ints("dim").map((axis) => normalizeAxis(axis, rank)) : all);
};

/** Broadcasts to sizes aligned at the end; 1 keeps an axis. */
function expandTo(emit: Emitter, input: Operand, sizes: readonly Size[]): Operand {
  return emit.op("Expand", [input, emit.int64s(sizes)]);
}

function keptSizes(call: Call, input: ShapedOperand): readonly Size[] {
  const sizes = call.sizes("size");
  const added = sizes.length - input.shape.length;
  return sizes.map((size, axis) => (size === -1 || input.shape[axis - added] === size ? 1 : size));
}

const expand: Rule = (emit, call) => {
  const self = call.tensor("self");
  return expandTo(emit, self, keptSizes(call, self));
};

const expandAs: Rule = (emit, call) =>
  emit.op("Expand", [call.tensor("self"), shapeVector(emit, call.tensor("other"))]);

/** `counts` may be more than there are axes, which adds axes in front. */
function tiled(emit: Emitter, input: ShapedOperand, counts: readonly Size[]): Operand {
  const added = Array.from({ length: Math.max(0, counts.length - input.shape.length) }, (_, axis) => axis);
  const missing = Array<Size>(Math.max(0, input.shape.length - counts.length)).fill(1);
  if (counts.length === 0) return input;
  return emit.op("Tile", [unsqueeze(emit, input, ...added), emit.int64s([...missing, ...counts])]);
}

function repeat(countsName: string): Rule {
  return (emit, call) => tiled(emit, call.tensor("self"), call.sizes(countsName));
}

/** Every element `repeats` times in a row, along `dim` or of the flat tensor. */
const repeatInterleave: Rule = (emit, call) => {
  const self = call.tensor("self");
  const isFlat = !call.has("dim");
  const axis = isFlat ? 0 : call.axis("dim", self.shape.length);
  const input = isFlat ? reshapeTo(emit, self, [-1]) : self;
  const rank = isFlat ? 1 : self.shape.length;
  const counts = Array.from({ length: rank + 1 }, (_, i): Size => (i === axis + 1 ? call.size("repeats") : 1));
  const repeated = emit.op("Tile", [unsqueeze(emit, input, axis + 1), emit.int64s(counts)]);
  const sizes = isFlat ? [] : sizesOf(emit, self);
  return reshapeTo(emit, repeated, isFlat ? [-1] : sizes.toSpliced(axis, 1, -1));
};

export const LAYOUT: RuleTable = {
  "aten.view.default": view("size"),
  "aten._unsafe_view.default": view("size"),
  "aten._reshape_alias.default": view("size"),
  "aten.reshape.default": view("shape"),
  "aten.view_as.default": viewAs,
  "aten.reshape_as.default": viewAs,
  "aten.flatten.using_ints": flatten,
  "aten.unflatten.int": unflatten,
  "aten.ravel.default": ravel,
  "aten.permute.default": permute,
  "aten.transpose.int": swap("dim0", "dim1"),
  "aten.swapdims.default": swap("dim0", "dim1"),
  "aten.swapaxes.default": swap("axis0", "axis1"),
  "aten.t.default": transposeMatrix,
  "aten.mT.default": transposeLast,
  "aten.mH.default": transposeLast,
  "aten.adjoint.default": transposeLast,
  "aten.numpy_T.default": reverseAxes,
  "aten.movedim.int": moveAxes,
  "aten.movedim.intlist": moveAxes,
  "aten.unsqueeze.default": addAxis,
  "aten.squeeze.default": squeezeRule,
  "aten.squeeze.dim": squeezeRule,
  "aten.squeeze.dims": squeezeRule,
  "aten.expand.default": expand,
  "aten.broadcast_to.default": expand,
  "aten.expand_as.default": expandAs,
  "aten.repeat.default": repeat("repeats"),
  "aten.tile.default": repeat("dims"),
  "aten.repeat_interleave.self_int": repeatInterleave,
};
