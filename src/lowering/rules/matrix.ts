import type { Call } from "../call.ts";
import type { Emitter } from "../emitter.ts";
import { Formula } from "../formula.ts";
import type { Operand, ShapedOperand } from "../operand.ts";
import type { Rule } from "../rule.ts";
import { slice } from "../shaping.ts";

/** Algorithms of linear algebra are unrolled: of larger matrices they would be models of too many nodes. */
const LARGEST_MATRIX = 32;

/** Batches of matrices in float64, in which all of this is computed. */
export interface Matrix {
  readonly operand: Operand;
  readonly rows: number;
  readonly columns: number;
}

export function matrixOf(emit: Emitter, call: Call, input: ShapedOperand): Matrix {
  const [rows, columns] = [input.shape.at(-2), input.shape.at(-1)].map((size) =>
    call.known(size, "the size of a matrix"),
  );
  if (rows === undefined || columns === undefined) return call.refuse("a tensor that is no matrix");
  if (Math.min(rows, columns) > LARGEST_MATRIX) return call.refuse(`a matrix larger than ${LARGEST_MATRIX}`);
  return { operand: emit.cast(input, "float64"), rows, columns };
}

export function namedMatrix(emit: Emitter, call: Call, name: string): Matrix {
  return matrixOf(emit, call, call.tensor(name));
}

export function transposed(emit: Emitter, input: Operand, rank: number): Operand {
  const axes = Array.from({ length: rank }, (_, axis) => axis);
  return emit.transpose(input, [...axes.slice(0, -2), rank - 1, rank - 2]);
}

export function transposedMatrix(emit: Emitter, { operand, rows, columns }: Matrix, rank: number): Matrix {
  return { operand: transposed(emit, operand, rank), rows: columns, columns: rows };
}

export function rowAt(emit: Emitter, input: Operand, index: number): Operand {
  return slice(emit, input, -2, index, index + 1);
}

export function columnAt(emit: Emitter, input: Operand, index: number): Operand {
  return slice(emit, input, -1, index, index + 1);
}

export function entryAt(emit: Emitter, input: Operand, row: number, column: number): Operand {
  return columnAt(emit, rowAt(emit, input, row), column);
}

/** Which of `rows` × `columns` entries fulfil something. */
export function mask(
  emit: Emitter,
  rows: number,
  columns: number,
  holds: (row: number, column: number) => boolean,
): Operand {
  const cells = Array.from({ length: rows * columns }, (_, i) => holds(Math.floor(i / columns), i % columns));
  return emit.constant("bool", cells, [rows, columns]);
}

export function rowMask(emit: Emitter, rows: number, holds: (row: number) => boolean): Operand {
  return mask(emit, rows, 1, holds);
}

export function columnMask(emit: Emitter, columns: number, holds: (column: number) => boolean): Operand {
  return mask(emit, 1, columns, (_, column) => holds(column));
}

/** What lies on or above a diagonal; zeros elsewhere. */
export function upperPart(emit: Emitter, input: Operand, diagonal = 0): Operand {
  return emit.op("Trilu", [input, emit.int64(diagonal)], { upper: 1 });
}

export function lowerPart(emit: Emitter, input: Operand, diagonal = 0): Operand {
  return emit.op("Trilu", [input, emit.int64(diagonal)], { upper: 0 });
}

/** The diagonal as a vector. */
export function diagonalOf(emit: Emitter, { operand, rows, columns }: Matrix): Operand {
  const isDiagonal = mask(emit, rows, columns, (row, column) => row === column);
  const f = new Formula(emit);
  const kept = f.where(isDiagonal, operand, 0);
  const sums = emit.op("ReduceSum", [kept, emit.int64s([-2])], { keepdims: 0 });
  return slice(emit, sums, -1, 0, Math.min(rows, columns));
}

/** The identity, as often as `like`, whose last two sizes are `size`. */
export function identity(emit: Emitter, like: Operand, size: number): Operand {
  const f = new Formula(emit);
  return f.where(
    mask(emit, size, size, (row, column) => row === column),
    f.add(f.mul(zeros(f, like), 0), 1),
    0,
  );
}

function zeros(f: Formula, like: Operand): Operand {
  return f.where(f.isNaN(like), 0, f.mul(f.where(f.isInfinite(like), 0, like), 0));
}

/** `value` itself, in a way that fails the run where `isBad` holds anywhere: PyTorch raises an error then. */
export function failingWhere(emit: Emitter, value: Operand, isBad: Operand): Operand {
  const count = emit.op("ReduceSum", [emit.cast(isBad, "int64")], { keepdims: 0 });
  const outOfBounds = emit.op("Gather", [emit.constant(value.dtype, [0]), count], { axis: 0 });
  return emit.op("Add", [value, outOfBounds]);
}

/** A first result without elements needs no rule, and what comes with it is 0. */
export function unlessEmpty(rule: Rule): Rule {
  return (emit, call) => {
    const shapes = Array.from({ length: call.resultCount }, (_, i) => call.result(i).shape);
    if (!shapes[0]?.includes(0)) return rule(emit, call);
    return shapes.map((shape, i) => {
      const sizes = shape.map((size) => call.known(size, "the size of an empty result"));
      return emit.op("Expand", [emit.constant(call.result(i).dtype, 0), emit.int64s(sizes)]);
    });
  };
}
