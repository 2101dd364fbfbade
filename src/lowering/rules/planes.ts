import { numel } from "../../core/index.ts";
import type { Call } from "../call.ts";
import type { Emitter } from "../emitter.ts";
import { Formula } from "../formula.ts";
import type { Operand, ShapedOperand } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";
import { reshapeTo, sizeOf } from "../shaping.ts";
import { planeOf } from "./windows.ts";

/** Puts values where positions, counted within each plane, say; everything else is 0. */
function scattered(emit: Emitter, call: Call, values: ShapedOperand, rank: number, sizes: readonly number[]): Operand {
  const leading = values.shape.slice(0, -rank).map((_, axis) => sizeOf(emit, values, axis));
  const flat = (operand: Operand) => reshapeTo(emit, operand, [...leading, numel(planeOf(call, values, rank))]);
  const zeros = emit.op("Expand", [emit.like(values, 0), emit.int64s([...leading, numel(sizes)])]);
  const index = flat(emit.cast(call.tensor("indices"), "int64"));
  const written = emit.op("ScatterElements", [zeros, index, flat(values)], {
    axis: values.shape.length - rank,
    reduction: call.has("grad_output") ? "add" : undefined,
  });
  return reshapeTo(emit, written, [...leading, ...sizes]);
}

function maxUnpool(rank: number): Rule {
  return (emit, call) => scattered(emit, call, call.tensor("self"), rank, planeOf(call, call.result(), rank));
}

function maxPoolBackward(rank: number): Rule {
  return (emit, call) => scattered(emit, call, call.tensor("grad_output"), rank, planeOf(call, call.result(), rank));
}

/** Rows of minus infinity give zeros. */
const safeSoftmax: Rule = (emit, call) => {
  const f = new Formula(emit);
  const self = call.operand("self");
  const axis = call.axis("dim", call.shape.length);
  const found = emit.op("Softmax", [self], { axis });
  const greatest = emit.op("ReduceMax", [self, emit.int64s([axis])], { keepdims: 1 });
  return f.where(f.equal(greatest, Number.NEGATIVE_INFINITY), 0, found);
};

const softmaxBackward: Rule = (emit, call) => {
  const f = new Formula(emit);
  const product = f.mul(call.operand("grad_output"), call.operand("output"));
  const sum = emit.op("ReduceSum", [product, emit.int64s([call.axis("dim", call.shape.length)])], { keepdims: 1 });
  return f.sub(product, f.mul(call.operand("output"), sum));
};

const dropoutBackward: Rule = (emit, call) => {
  const f = new Formula(emit);
  return f.mul(call.operand("grad_output"), call.operand("mask"), call.operand("scale"));
};

export const PLANES: RuleTable = {
  "aten.max_unpool2d.default": maxUnpool(2),
  "aten.max_unpool3d.default": maxUnpool(3),
  "aten.max_pool2d_with_indices_backward.default": maxPoolBackward(2),
  "aten._safe_softmax.default": safeSoftmax,
  "aten._softmax_backward_data.default": softmaxBackward,
  "aten.native_dropout_backward.default": dropoutBackward,
};
