import { numel } from "../../core/index.ts";
import type { Emitter } from "../emitter.ts";
import { Formula } from "../formula.ts";
import type { Operand, ShapedOperand, Size } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";
import { END, reshapeTo, shapeVector, sizeOf, slice } from "../shaping.ts";
import { orderedAlong } from "./ordering.ts";
import { reduce } from "./reduction.ts";

/** Where groups of equal neighbours begin, and to which group each element belongs. */
interface Groups {
  readonly starts: Operand;
  readonly group: Operand;
}

/** @param differs whether each element but the first is not equal to the one before */
function groupsOf(emit: Emitter, differs: Operand, count: Size): Groups {
  const first = emit.constant("bool", [true]);
  const joined = emit.op("Concat", [first, differs], { axis: 0 });
  const begins = typeof count === "number" ? joined : slice(emit, joined, 0, 0, count);
  const order = emit.op("CumSum", [emit.cast(begins, "int64"), emit.int64(0)]);
  const starts = reshapeTo(emit, emit.op("NonZero", [begins]), [-1]);
  return { starts, group: emit.op("Sub", [order, emit.int64(1)]) };
}

/** How many elements each group has. */
function groupSizes(emit: Emitter, { starts }: Groups, total: Operand): Operand {
  const ends = emit.op("Concat", [slice(emit, starts, 0, 1, END), total], { axis: 0 });
  return emit.op("Sub", [ends, starts]);
}

function neighboursDiffer(emit: Emitter, vector: Operand): Operand {
  const f = new Formula(emit);
  return f.not(f.equal(slice(emit, vector, 0, 1, END), slice(emit, vector, 0, 0, -1)));
}

/** Nothing is in no group. */
function nothing(emit: Emitter, values: Operand, shape: readonly number[]): readonly Operand[] {
  const zeros = (sizes: readonly number[]) => emit.op("Expand", [emit.int64(0), emit.int64s(sizes)]);
  return [values, zeros(shape), zeros([0])];
}

function flattened(emit: Emitter, self: ShapedOperand): ShapedOperand {
  return { ...reshapeTo(emit, self, [-1]), shape: [numel(self.shape)] };
}

/** The distinct values in rising order, which of them each element is, and how often each occurs. */
const unique: Rule = (emit, call) => {
  const self = call.tensor("self");
  const input = emit.cast(self, self.dtype === "bool" ? "uint8" : self.dtype);
  const flat = flattened(emit, input);
  const count = sizeOf(emit, flat, 0);
  if (count === 0) return nothing(emit, flat, self.shape.map(Number));
  const [values, positions] = orderedAlong(emit, flat, { axis: 0, count, largest: false });
  if (!values || !positions) return self;
  const groups = groupsOf(emit, neighboursDiffer(emit, values), count);
  const inverse = emit.op("ScatterElements", [positions, positions, groups.group], { axis: 0 });
  return [
    emit.op("Gather", [values, groups.starts], { axis: 0 }),
    emit.op("Reshape", [inverse, shapeVector(emit, self)]),
    groupSizes(emit, groups, emit.int64s([count])),
  ];
};

/** Runs of equal elements, or of equal slices along `dim`, as one each. */
const uniqueConsecutive: Rule = (emit, call) => {
  const self = call.tensor("self");
  const hasAxis = call.has("dim") && self.shape.length > 0;
  const axis = hasAxis ? call.axis("dim", self.shape.length) : 0;
  const input = hasAxis ? self : flattened(emit, self);
  const count = call.known(input.shape[axis], "the size along dim");
  if (count === 0) return nothing(emit, input, hasAxis ? [0] : self.shape.map(Number));
  if (input.shape.includes(0)) return call.refuse("empty slices");
  const f = new Formula(emit);
  const isEqual = f.equal(slice(emit, input, axis, 1, END), slice(emit, input, axis, 0, -1));
  const others = input.shape.map((_, i) => i).filter((i) => i !== axis);
  const differs = reduce(emit, "ReduceMax", f.not(isEqual), { axes: others, keepdims: false });
  const none = () => emit.op("Expand", [emit.constant("bool", false), emit.int64s([0])]);
  const groups = groupsOf(emit, count === 1 ? none() : differs, count);
  const inverse = hasAxis ? groups.group : emit.op("Reshape", [groups.group, shapeVector(emit, self)]);
  return [emit.op("Gather", [input, groups.starts], { axis }), inverse, groupSizes(emit, groups, emit.int64s([count]))];
};

/** Distinct slices along `dim`, in the order of their elements. */
const uniqueSlices: Rule = (emit, call) => {
  const self = call.tensor("self");
  const axis = call.axis("dim", self.shape.length);
  if (self.shape[axis] === 0) return nothing(emit, self, [0]);
  if (self.shape.includes(0) || self.shape.length === 0) return call.refuse("empty slices");
  const [values, , inverse, counts] = emit.ops("Unique", [self], { axis, sorted: 1 }, 4);
  return [values, inverse, counts];
};

export const UNIQUENESS: RuleTable = {
  "aten._unique2.default": unique,
  "aten.unique_consecutive.default": uniqueConsecutive,
  "aten.unique_dim.default": uniqueSlices,
};
