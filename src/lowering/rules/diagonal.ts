import type { Call } from "../call.ts";
import type { Emitter } from "../emitter.ts";
import type { Operand, ShapedOperand } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";
import { reshapeTo, sizeOf, unsqueeze } from "../shaping.ts";
import { reduce } from "./reduction.ts";

/** A diagonal of matrices whose rows and columns lie along two axes. */
interface Diagonal {
  /** The other axes in order, then rows, then columns. */
  readonly perm: readonly number[];
  readonly rows: number;
  readonly columns: number;
  /** The positions of its elements in a flat matrix. */
  readonly positions: readonly number[];
}

function diagonalOf(call: Call, shape: ShapedOperand["shape"], offset: number, axes: readonly number[]): Diagonal {
  const [first = 0, second = 1] = axes;
  const rest = shape.map((_, axis) => axis).filter((axis) => axis !== first && axis !== second);
  const [rows, columns] = [first, second].map((axis) => call.known(shape[axis], "the size of the matrix"));
  const [height = 0, width = 0] = [rows, columns];
  const [row, column] = [Math.max(0, -offset), Math.max(0, offset)];
  const count = Math.max(0, Math.min(height - row, width - column));
  const positions = Array.from({ length: count }, (_, i) => (row + i) * width + column + i);
  return { perm: [...rest, first, second], rows: height, columns: width, positions };
}

function axesOf(call: Call, rank: number): readonly number[] {
  return call.has("dim1") ? [call.axis("dim1", rank), call.axis("dim2", rank)] : [rank - 2, rank - 1];
}

/** Its matrices, each in one row. */
function flattened(emit: Emitter, input: ShapedOperand, { perm, rows, columns }: Diagonal): Operand {
  const leading = perm.slice(0, -2).map((axis) => sizeOf(emit, input, axis));
  return reshapeTo(emit, emit.transpose(input, perm), [...leading, rows * columns]);
}

function taken(emit: Emitter, call: Call, input: ShapedOperand, offset: number, axes: readonly number[]): Operand {
  const found = diagonalOf(call, input.shape, offset, axes);
  const positions = emit.constant("int64", found.positions, [found.positions.length]);
  return emit.op("Gather", [flattened(emit, input, found), positions], { axis: -1 });
}

function diagonal(inputName: string): Rule {
  return (emit, call) => {
    const input = call.tensor(inputName);
    return taken(emit, call, input, call.number("offset"), axesOf(call, input.shape.length));
  };
}

const diagonalScatter: Rule = (emit, call) => {
  const self = call.tensor("self");
  const found = diagonalOf(call, self.shape, call.number("offset"), axesOf(call, self.shape.length));
  const source = call.operand("src");
  const positions = emit.constant("int64", found.positions, [found.positions.length]);
  const indices = emit.op("Expand", [positions, emit.op("Shape", [source])]);
  const flat = flattened(emit, self, found);
  const written = emit.op("ScatterElements", [flat, indices, source], { axis: self.shape.length - 2 });
  const sizes = found.perm.map((axis) => sizeOf(emit, self, axis));
  const inverse = found.perm.map((_, axis) => found.perm.indexOf(axis));
  return emit.transpose(reshapeTo(emit, written, sizes), inverse);
};

/** Square matrices, in new last axes, with the last axis of `input` on a diagonal and zeros elsewhere. */
function embedded(emit: Emitter, call: Call, input: ShapedOperand, offset: number): Operand {
  const length = call.known(input.shape.at(-1), "the length of the diagonal");
  const size = length + Math.abs(offset);
  const pads = input.shape.map(() => 0);
  const before = pads.with(-1, Math.max(0, -offset));
  const after = pads.with(-1, Math.max(0, offset));
  const padded = emit.op("Pad", [input, emit.int64s([...before, ...after]), emit.like(input, 0)]);
  const cells = Array.from({ length: size * size }, (_, i) => Math.floor(i / size) + offset === i % size);
  const isDiagonal = emit.constant("bool", cells, [size, size]);
  return emit.op("Where", [isDiagonal, unsqueeze(emit, padded, input.shape.length), emit.like(input, 0)]);
}

const diagonalEmbed: Rule = (emit, call) => {
  const self = call.tensor("self");
  const rank = self.shape.length + 1;
  const [first, second] = [call.axis("dim1", rank), call.axis("dim2", rank)];
  const matrices = embedded(emit, call, self, call.number("offset"));
  const rest = Array.from({ length: rank - 2 }, (_, i) => i);
  const perm = Array.from({ length: rank }, (_, axis) => {
    if (axis === first) return rank - 2;
    return axis === second ? rank - 1 : (rest.shift() ?? 0);
  });
  return emit.transpose(matrices, perm);
};

const diagonalFlat: Rule = (emit, call) => {
  const self = call.tensor("self");
  const length = self.shape.reduce<number>((product, size) => product * call.known(size, "the number of elements"), 1);
  const flat = { ...reshapeTo(emit, self, [-1]), shape: [length] };
  return embedded(emit, call, flat, call.number("offset"));
};

/** Of a vector the matrix that has it on a diagonal, of a matrix a diagonal. */
const diag: Rule = (emit, call) => {
  const self = call.tensor("self");
  const offset = call.number("diagonal");
  return self.shape.length === 1 ? embedded(emit, call, self, offset) : taken(emit, call, self, offset, [0, 1]);
};

const trace: Rule = (emit, call) => {
  const elements = emit.cast(taken(emit, call, call.tensor("self"), 0, [0, 1]), call.dtype);
  return reduce(emit, "ReduceSum", elements, { axes: [0], keepdims: false });
};

export const DIAGONAL: RuleTable = {
  "aten.diagonal.default": diagonal("self"),
  "aten.diagonal_copy.default": diagonal("self"),
  "aten.linalg_diagonal.default": diagonal("A"),
  "aten.diagonal_scatter.default": diagonalScatter,
  "aten.diag_embed.default": diagonalEmbed,
  "aten.diagflat.default": diagonalFlat,
  "aten.diag.default": diag,
  "aten.trace.default": trace,
};
