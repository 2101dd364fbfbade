import type { Call } from "../call.ts";
import type { Emitter } from "../emitter.ts";
import type { Operand, ShapedOperand } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";
import { END, reshapeTo, shapeVector, sizeOf, slice, unsqueeze } from "../shaping.ts";

/** All positions along an axis, in order. */
function positionsAlong(emit: Emitter, input: ShapedOperand, axis: number): Operand {
  return emit.op("Range", [emit.int64(0), emit.int64(sizeOf(emit, input, axis)), emit.int64(1)]);
}

/** `input` with `source` in the place of what `positions`, a vector, picks along `axis`. */
function replaced(emit: Emitter, input: ShapedOperand, source: Operand, positions: Operand, axis: number): Operand {
  const column = reshapeTo(
    emit,
    positions,
    input.shape.map((_, i) => (i === axis ? -1 : 1)),
  );
  const indices = emit.op("Expand", [column, emit.op("Shape", [source])]);
  return emit.op("ScatterElements", [input, indices, source], { axis });
}

const sliceScatter: Rule = (emit, call) => {
  const self = call.tensor("self");
  const axis = call.axis("dim", self.shape.length);
  const start = call.has("start") ? call.size("start") : 0;
  const end = call.has("end") ? call.size("end") : END;
  const positions = slice(emit, positionsAlong(emit, self, axis), 0, start, end, call.number("step"));
  return replaced(emit, self, call.operand("src"), positions, axis);
};

const selectScatter: Rule = (emit, call) => {
  const self = call.tensor("self");
  const axis = call.axis("dim", self.shape.length);
  const position = emit.op("Gather", [positionsAlong(emit, self, axis), emit.int64s([call.size("index")])], {
    axis: 0,
  });
  return replaced(emit, self, unsqueeze(emit, call.operand("src"), axis), position, axis);
};

/** PyTorch lets the source be larger than the index. */
export function croppedTo(emit: Emitter, source: ShapedOperand, index: ShapedOperand): Operand {
  return index.shape.reduce((input: Operand, size, axis) => {
    return size === source.shape[axis] ? input : slice(emit, input, axis, 0, sizeOf(emit, index, axis));
  }, source);
}

function sourceOf(emit: Emitter, call: Call, index: ShapedOperand): Operand {
  if (!call.has("src")) return emit.op("Expand", [call.converted("value"), shapeVector(emit, index)]);
  return croppedTo(emit, emit.cast(call.tensor("src"), call.dtype), index);
}

/** A 0-d tensor is scattered into as one of one element. */
function scatter(reduction: "none" | "add"): Rule {
  return (emit, call) => {
    const index = call.tensor("index");
    const operands = [call.operand("self"), emit.cast(index, "int64"), sourceOf(emit, call, index)];
    const { length: rank } = call.shape;
    if (rank > 0) return emit.op("ScatterElements", operands, { axis: call.axis("dim", rank), reduction });
    const vectors = operands.map((operand) => reshapeTo(emit, operand, [-1]));
    return reshapeTo(emit, emit.op("ScatterElements", vectors, { axis: 0, reduction }), []);
  };
}

export const SCATTERING: RuleTable = {
  "aten.slice_scatter.default": sliceScatter,
  "aten.select_scatter.default": selectScatter,
  "aten.scatter.src": scatter("none"),
  "aten.scatter.value": scatter("none"),
  "aten.scatter_add.default": scatter("add"),
};
