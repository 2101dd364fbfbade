import type { Call } from "../call.ts";
import type { Emitter } from "../emitter.ts";
import type { Operand } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";
import { END, sizeOf, slice } from "../shaping.ts";

/** More experts than any model has. */
const MOST_EXPERTS = 4096;

function expertCount(call: Call, weights: string): number {
  const { shape } = call.tensor(weights);
  if (shape.length !== 3) return call.refuse("weights that are not one matrix for each expert");
  const count = call.known(shape[0], "the number of experts");
  return count <= MOST_EXPERTS ? count : call.refuse(`${count} experts`);
}

/** The rows of `input` up to each end, in order, times the matrix of their expert; zeros for rows beyond the last. */
function grouped(emit: Emitter, call: Call, inputName: string, weightName: string): Operand {
  const input = call.tensor(inputName);
  const weight = call.tensor(weightName);
  const ends = emit.cast(call.tensor("offs"), "int64");
  const count = expertCount(call, weightName);
  if (input.shape.length !== 2) return call.refuse("rows that are not one matrix");
  const end = (expert: number) => emit.op("Gather", [ends, emit.int64(expert)], { axis: 0 });
  const products = Array.from({ length: count }, (_, expert) => {
    const rows = slice(emit, input, 0, expert === 0 ? 0 : end(expert - 1), end(expert));
    return emit.op("MatMul", [rows, emit.op("Gather", [weight, emit.int64(expert)], { axis: 0 })]);
  });
  const rest = slice(emit, input, 0, count === 0 ? 0 : end(count - 1), END);
  const restCount = emit.op("Shape", [rest], { start: 0, end: 1 });
  const width = emit.int64s([sizeOf(emit, weight, 2)]);
  const zeros = emit.op("Expand", [emit.like(input, 0), emit.op("Concat", [restCount, width], { axis: 0 })]);
  return emit.op("Concat", [...products, zeros], { axis: 0 });
}

const fallback: Rule = (emit, call) => grouped(emit, call, "input", "weight");

const native: Rule = (emit, call) => {
  if (!call.has("offs") || call.has("bias")) return call.refuse("groups without ends, or with a bias");
  return grouped(emit, call, "self", "mat2");
};

export const EXPERTS: RuleTable = {
  "aten._grouped_mm.default": native,
  "transformers.grouped_mm_fallback.default": fallback,
};
