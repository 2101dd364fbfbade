import type { Call } from "../call.ts";
import type { Emitter } from "../emitter.ts";
import { Formula } from "../formula.ts";
import type { Operand, ShapedOperand, Size } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";
import { reshapeTo, sizeOf, slice, unsqueeze } from "../shaping.ts";

/** Two tensors in the shape to which both broadcast. */
export function broadcast(emit: Emitter, a: Operand, b: Operand): readonly [Operand, Operand] {
  const first = emit.op("Expand", [a, emit.op("Shape", [b])]);
  return [first, emit.op("Expand", [b, emit.op("Shape", [first])])];
}

function flat(emit: Emitter, operand: Operand): Operand {
  return reshapeTo(emit, operand, [-1]);
}

/** The positions of what is true in a vector. */
function truePositions(emit: Emitter, mask: Operand): Operand {
  return reshapeTo(emit, emit.op("NonZero", [mask]), [-1]);
}

const maskedSelect: Rule = (emit, call) => {
  const [self, mask] = broadcast(emit, call.tensor("self"), call.operand("mask", "bool"));
  return emit.op("Gather", [flat(emit, self), truePositions(emit, flat(emit, mask))], { axis: 0 });
};

/** What is true takes the elements of `source`, one after another. */
const maskedScatter: Rule = (emit, call) => {
  const f = new Formula(emit);
  const [self, mask] = broadcast(emit, call.tensor("self"), call.operand("mask", "bool"));
  const order = emit.op("CumSum", [emit.cast(flat(emit, mask), "int64"), emit.int64(0)]);
  const source = emit.op("Concat", [emit.constant(self.dtype, [0]), flat(emit, call.operand("source"))], { axis: 0 });
  const masked = emit.op("Mul", [order, emit.cast(flat(emit, mask), "int64")]);
  const values = emit.op("Reshape", [emit.op("Gather", [source, masked], { axis: 0 }), emit.op("Shape", [self])], {
    allowzero: 1,
  });
  return f.where(mask, values, self);
};

const take: Rule = (emit, call) => {
  const indices = emit.cast(call.tensor("index"), "int64");
  return emit.op("Gather", [flat(emit, call.tensor("self")), indices], { axis: 0 });
};

/** Sizes in which everything but `axis` is that of both tensors together. */
function alongAxis(emit: Emitter, input: ShapedOperand, other: ShapedOperand, axis: number): readonly Size[] {
  return input.shape
    .map((size, i) => (i === axis ? size : other.shape[i]))
    .map((_, i) => {
      const from = i === axis || other.shape[i] === 1 ? input : other;
      return sizeOf(emit, from, i);
    });
}

const takeAlongDim: Rule = (emit, call) => {
  const [self, indices] = [call.tensor("self"), emit.cast(call.tensor("indices"), "int64")];
  if (!call.has("dim")) return emit.op("GatherElements", [flat(emit, self), flat(emit, indices)], { axis: 0 });
  const axis = call.axis("dim", self.shape.length);
  const expanded = (operand: ShapedOperand, other: ShapedOperand) =>
    emit.op("Expand", [operand, emit.int64s(alongAxis(emit, operand, other, axis))]);
  return emit.op("GatherElements", [expanded(self, indices), expanded(indices, self)], { axis });
};

/** The positions of what is not zero, one to a row. */
function nonZeroRows(emit: Emitter, call: Call): Operand {
  const self = call.tensor("self");
  const truth = call.operand("self", "bool");
  if (self.shape.length > 0) return emit.transpose(emit.op("NonZero", [truth]), [1, 0]);
  return emit.op("Expand", [emit.int64(0), emit.int64s([emit.cast(truth, "int64"), 0])]);
}

/** A vector of positions for each axis; a 0-d tensor counts as one of one element. */
function nonZeroVectors(name: string): Rule {
  return (emit, call) => {
    const { shape } = call.tensor(name);
    const truth = call.operand(name, "bool");
    const places = emit.op("NonZero", [shape.length === 0 ? reshapeTo(emit, truth, [1]) : truth]);
    return Array.from({ length: call.resultCount }, (_, i) => emit.op("Gather", [places, emit.int64(i)], { axis: 0 }));
  };
}

/** As many rows as asked for: the first ones, or filled up. */
const nonZeroStatic: Rule = (emit, call) => {
  const { shape } = call.tensor("self");
  const size = call.number("size");
  const sizes = emit.int64s([size, shape.length]);
  const filling = emit.op("Expand", [emit.constant("int64", call.number("fill_value")), sizes]);
  return slice(emit, emit.op("Concat", [nonZeroRows(emit, call), filling], { axis: 0 }), 0, 0, size);
};

/** For each element of the result the position in `repeats` that it comes from. */
function repeatedPositions(emit: Emitter, repeats: Operand): Operand {
  const f = new Formula(emit);
  const ends = emit.op("CumSum", [repeats, emit.int64(0)]);
  const total = emit.op("ReduceSum", [repeats], { keepdims: 0 });
  const range = emit.op("Range", [emit.int64(0), total, emit.int64(1)]);
  const isPast = f.lessOrEqual(ends, unsqueeze(emit, range, 1));
  return emit.op("ReduceSum", [emit.cast(isPast, "int64"), emit.int64s([1])], { keepdims: 0 });
}

const repeatInterleave: Rule = (emit, call) => {
  const repeats = emit.cast(call.tensor("repeats"), "int64");
  if (!call.has("self")) return repeatedPositions(emit, repeats);
  const self = call.tensor("self");
  const isFlat = !call.has("dim");
  const input: ShapedOperand = isFlat ? { ...flat(emit, self), shape: [0] } : self;
  const axis = isFlat ? 0 : call.axis("dim", self.shape.length);
  const count = isFlat ? emit.op("Size", [self]) : sizeOf(emit, self, axis);
  const counts = emit.op("Expand", [repeats, emit.int64s([count])]);
  return emit.op("Gather", [input, repeatedPositions(emit, counts)], { axis });
};

const isIn: Rule = (emit, call) => {
  const [elementsName, testName] = [
    call.has("elements") ? "elements" : "element",
    call.has("test_elements") ? "test_elements" : "test_element",
  ];
  const dtype = call.promoted(elementsName, testName);
  const elements = call.operand(elementsName, dtype);
  const tests = flat(emit, call.operand(testName, dtype));
  const isEqual = emit.op("Equal", [unsqueeze(emit, elements, call.shape.length), tests]);
  const count = emit.op("ReduceSum", [emit.cast(isEqual, "int64"), emit.int64s([call.shape.length])], { keepdims: 0 });
  const found = emit.cast(count, "bool");
  return call.boolean("invert") ? emit.op("Not", [found]) : found;
};

export const MASKING: RuleTable = {
  "aten.masked_select.default": maskedSelect,
  "aten.masked_scatter.default": maskedScatter,
  "aten.take.default": take,
  "aten.take_along_dim.default": takeAlongDim,
  "aten.argwhere.default": nonZeroRows,
  "aten.nonzero_numpy.default": nonZeroVectors("self"),
  "aten.where.default": nonZeroVectors("condition"),
  "aten.nonzero_static.default": nonZeroStatic,
  "aten.repeat_interleave.Tensor": repeatInterleave,
  "aten.repeat_interleave.self_Tensor": repeatInterleave,
  "aten.isin.Tensor_Tensor": isIn,
  "aten.isin.Tensor_Scalar": isIn,
  "aten.isin.Scalar_Tensor": isIn,
};
