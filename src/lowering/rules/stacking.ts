import { shapeEquals } from "../../core/index.ts";
import type { Call } from "../call.ts";
import type { Emitter } from "../emitter.ts";
import type { Operand, ShapedOperand, Size } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";
import { END, reshapeTo, shapeVector, sizeOf, slice, unsqueeze } from "../shaping.ts";

/** The axes that make a tensor of `rank` axes one of at least 1, 2 or 3, as NumPy adds them. */
const ADDED_AXES: Readonly<Record<1 | 2 | 3, readonly (readonly number[])[]>> = {
  1: [[0]],
  2: [[0, 1], [0]],
  3: [[0, 1, 2], [0, 2], [2]],
};

function atLeast(emit: Emitter, input: ShapedOperand, rank: 1 | 2 | 3): Operand {
  return unsqueeze(emit, input, ...(ADDED_AXES[rank][input.shape.length] ?? []));
}

function widened(rank: 1 | 2 | 3): Rule {
  return (emit, call) =>
    call.has("self")
      ? atLeast(emit, call.tensor("self"), rank)
      : call.tensors("tensors").map((tensor) => atLeast(emit, tensor, rank));
}

/** Tensors that are made `rank` axes wide and put side by side along `axis`. */
function stacked(rank: 1 | 2 | 3, axis: number): Rule {
  return (emit, call) => {
    const tensors = call.tensors("tensors");
    const isFlat = (tensors[0]?.shape.length ?? 0) < 2 && rank === 1;
    const wide = tensors.map((tensor) => emit.cast(atLeast(emit, tensor, rank), call.dtype));
    return emit.op("Concat", wide, { axis: isFlat ? 0 : axis });
  };
}

/** Vectors become columns. */
const columnStack: Rule = (emit, call) => {
  const columns = call.tensors("tensors").map((tensor) => {
    const converted = emit.cast(tensor, call.dtype);
    return tensor.shape.length < 2 ? reshapeTo(emit, converted, [-1, 1]) : converted;
  });
  return emit.op("Concat", columns, { axis: 1 });
};

/** Where the pieces begin and end: the first ones take one more where the size does not divide. */
function sectionBounds(total: number, count: number): readonly number[] {
  const [size, rest] = [Math.floor(total / count), total % count];
  return Array.from({ length: count + 1 }, (_, i) => i * size + Math.min(i, rest));
}

function splitAlong(axisOf: (rank: number) => number): Rule {
  return (emit, call) => {
    const self = call.tensor("self");
    const axis = axisOf(self.shape.length);
    const bounds = call.has("sections")
      ? sectionBounds(call.known(self.shape[axis], "the size along dim"), call.number("sections"))
      : [0, ...call.ints("indices"), END];
    return bounds.slice(1).map((end, i) => slice(emit, self, axis, bounds[i] ?? 0, end));
  };
}

/** All tensors in the shape that they have in common. */
const broadcastTensors: Rule = (emit, call) => {
  const tensors = call.tensors("tensors");
  const shapes = tensors.map((tensor) => shapeVector(emit, tensor));
  return tensors.map((tensor, i) => {
    const { shape } = call.result(i);
    if (shapeEquals(tensor.shape, shape)) return tensor;
    const known = shape.filter((size) => typeof size === "number");
    if (known.length === shape.length) return emit.op("Expand", [tensor, emit.int64s(known)]);
    return shapes.reduce<Operand>((widened, other) => emit.op("Expand", [widened, other]), tensor);
  });
};

/** Tensors as blocks along the diagonal of a matrix of zeros. */
const blockDiagonal: Rule = (emit, call) => {
  const blocks = call.tensors("tensors").map((tensor) => {
    const known = tensor.shape.map((size) => call.known(size, "the size of a block"));
    const [rows, columns] = [...Array<number>(2 - known.length).fill(1), ...known];
    return { tensor, rows: rows ?? 1, columns: columns ?? 1 };
  });
  const width = blocks.reduce((sum, { columns }) => sum + columns, 0);
  let before = 0;
  const padded = blocks.map(({ tensor, rows, columns }) => {
    const matrix = reshapeTo(emit, emit.cast(tensor, call.dtype), [rows, columns]);
    const left = before;
    before += columns;
    return emit.op("Concat", [zeros(emit, call, rows, left), matrix, zeros(emit, call, rows, width - before)], {
      axis: 1,
    });
  });
  return emit.op("Concat", padded, { axis: 0 });
};

function zeros(emit: Emitter, call: Call, rows: number, columns: number): Operand {
  return emit.op("Expand", [emit.constant(call.dtype, 0), emit.int64s([rows, columns])]);
}

/** Every choice of one element from each vector, one to a row. */
const cartesianProduct: Rule = (emit, call) => {
  const vectors = call.tensors("tensors");
  const [only] = vectors;
  if (vectors.length === 1 && only) return only;
  const counts = vectors.map((vector): Size => sizeOf(emit, vector, 0));
  const columns = vectors.map((vector, i) => {
    const line = reshapeTo(
      emit,
      vector,
      vectors.map((_, axis) => (axis === i ? -1 : 1)),
    );
    return reshapeTo(emit, emit.op("Expand", [line, emit.int64s(counts)]), [-1, 1]);
  });
  return emit.op("Concat", columns, { axis: 1 });
};

/** All ways to choose `length` of `count` positions in rising order. */
function choices(count: number, length: number, repeats: boolean, from = 0): readonly (readonly number[])[] {
  if (length === 0) return [[]];
  const starts = Array.from({ length: Math.max(0, count - from) }, (_, i) => from + i);
  return starts.flatMap((first) =>
    choices(count, length - 1, repeats, repeats ? first : first + 1).map((rest) => [first, ...rest]),
  );
}

const MOST_CHOICES = 2 ** 16;

const combinations: Rule = (emit, call) => {
  const self = call.tensor("self");
  const length = call.number("r");
  const count = call.known(self.shape[0], "the number of elements");
  if (length === 0) return emit.op("Expand", [emit.constant(call.dtype, 0), emit.int64s([0])]);
  if (count ** length > MOST_CHOICES) return call.refuse("more combinations than fit a table");
  const positions = choices(count, length, call.boolean("with_replacement"));
  const rows = positions.length;
  return emit.op("Gather", [self, emit.constant("int64", positions.flat(), [rows, length])], { axis: 0 });
};

/** Chunks of each tensor along `dim`, flattened and padded to the longest, side by side. */
const chunkConcatenate: Rule = (emit, call) => {
  const count = call.number("num_chunks");
  const axis = call.axis("dim", Math.min(...call.tensors("tensors").map(({ shape }) => shape.length)));
  const rows = call.tensors("tensors").map((tensor) => {
    const sizes = tensor.shape.map((size) => call.known(size, "the size of a tensor"));
    const [leading, size] = [sizes.slice(0, axis), sizes[axis] ?? 1];
    const length = Math.ceil(size / count);
    const padding = sizes.map((_, i) => (i === axis ? length * count - size : 0));
    const pads = emit.int64s([...padding.map(() => 0), ...padding]);
    const padded = emit.op("Pad", [emit.cast(tensor, call.dtype), pads, emit.constant(call.dtype, 0)]);
    const rest = sizes.slice(axis + 1).reduce((product, each) => product * each, length);
    return reshapeTo(emit, padded, [...leading, count, rest]);
  });
  return emit.op("Concat", rows, { axis: axis + 1 });
};

function flipped(axis: number): Rule {
  return (emit, call) => slice(emit, call.tensor("self"), axis, -1, -END, -1);
}

/** Quarter turns from the first of two axes towards the second. */
const rotate: Rule = (emit, call) => {
  const self = call.tensor("self");
  const rank = self.shape.length;
  const [from = 0, to = 1] = call.axes("dims", rank);
  const turns = ((call.number("k") % 4) + 4) % 4;
  const flip = (input: Operand, axis: number) => slice(emit, input, axis, -1, -END, -1);
  const swap = (input: Operand) =>
    emit.transpose(
      input,
      self.shape.map((_, axis) => (axis === from ? to : axis === to ? from : axis)),
    );
  const turned: readonly (() => Operand)[] = [
    () => self,
    () => swap(flip(self, to)),
    () => flip(flip(self, from), to),
    () => flip(swap(self), to),
  ];
  return turned[turns]?.() ?? self;
};

const sumToSize: Rule = (emit, call) => {
  const self = call.tensor("self");
  const added = self.shape.length - call.shape.length;
  const axes = self.shape.flatMap((size, axis) =>
    axis < added || (call.shape[axis - added] === 1 && size !== 1) ? [axis] : [],
  );
  const sum = axes.length === 0 ? self : emit.op("ReduceSum", [emit.cast(self, call.dtype), emit.int64s(axes)]);
  const sizes = call.shape.map((size) => call.known(size, "the size"));
  return reshapeTo(emit, sum, sizes);
};

const columnAxis = (rank: number) => (rank === 1 ? 0 : 1);

export const STACKING: RuleTable = {
  "aten.atleast_1d.default": widened(1),
  "aten.atleast_1d.Sequence": widened(1),
  "aten.atleast_2d.default": widened(2),
  "aten.atleast_2d.Sequence": widened(2),
  "aten.atleast_3d.default": widened(3),
  "aten.atleast_3d.Sequence": widened(3),
  "aten.hstack.default": stacked(1, 1),
  "aten.vstack.default": stacked(2, 0),
  "aten.dstack.default": stacked(3, 2),
  "aten.column_stack.default": columnStack,
  "aten.hsplit.int": splitAlong(columnAxis),
  "aten.hsplit.array": splitAlong(columnAxis),
  "aten.vsplit.int": splitAlong(() => 0),
  "aten.vsplit.array": splitAlong(() => 0),
  "aten.dsplit.int": splitAlong(() => 2),
  "aten.dsplit.array": splitAlong(() => 2),
  "aten.broadcast_tensors.default": broadcastTensors,
  "aten.block_diag.default": blockDiagonal,
  "aten.cartesian_prod.default": cartesianProduct,
  "aten.combinations.default": combinations,
  "aten._chunk_cat.default": chunkConcatenate,
  "aten.fliplr.default": flipped(1),
  "aten.flipud.default": flipped(0),
  "aten.rot90.default": rotate,
  "aten.sum_to_size.default": sumToSize,
};
