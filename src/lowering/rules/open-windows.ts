import type { Emitter } from "../emitter.ts";
import type { Operand } from "../operand.ts";

/** The rows of numbers as a column. */
function column(emit: Emitter, values: readonly number[]): Operand {
  return emit.constant("int64", [...values], [values.length, 1]);
}

/**
 * Weights `[to, from]` of averages over windows of an axis whose size `from` the inputs tell: row o averages the elements
 * from ⌊o·from/to⌋ up to ⌈(o+1)·from/to⌉.
 */
export function openAveragingWeights(emit: Emitter, like: Operand, from: Operand, to: number): Operand {
  const rows = Array.from({ length: to }, (_, o) => o);
  const count = emit.int64(to);
  const starts = emit.op("Div", [emit.op("Mul", [column(emit, rows), from]), count]);
  const raised = emit.op("Add", [
    emit.op("Mul", [
      column(
        emit,
        rows.map((o) => o + 1),
      ),
      from,
    ]),
    emit.int64(to - 1),
  ]);
  const ends = emit.op("Div", [raised, count]);
  const places = emit.op("Range", [emit.int64(0), from, emit.int64(1)]);
  const isInside = emit.op("And", [emit.op("GreaterOrEqual", [places, starts]), emit.op("Less", [places, ends])]);
  const lengths = emit.cast(emit.op("Sub", [ends, starts]), like.dtype);
  return emit.op("Div", [emit.cast(isInside, like.dtype), lengths]);
}
