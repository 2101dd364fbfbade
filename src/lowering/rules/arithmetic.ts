import type { Call } from "../call.ts";
import type { Emitter } from "../emitter.ts";
import type { OnnxOpName } from "../onnx-ops.ts";
import type { Operand } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";

/** An operator on `self` and `other`, both converted to the dtype of the result. */
function binary(op: OnnxOpName): Rule {
  return (emit, call) => emit.op(op, [call.operand("self"), call.operand("other")]);
}

function timesAlpha(emit: Emitter, call: Call, operand: Operand): Operand {
  const alpha = call.constant("alpha");
  return Number(alpha) === 1 ? operand : emit.op("Mul", [operand, emit.constant(operand.dtype, alpha)]);
}

const add: Rule = (emit, call) => emit.op("Add", [call.operand("self"), timesAlpha(emit, call, call.operand("other"))]);

const subtract: Rule = (emit, call) =>
  emit.op("Sub", [call.operand("self"), timesAlpha(emit, call, call.operand("other"))]);

const subtractFrom: Rule = (emit, call) =>
  emit.op("Sub", [call.operand("other"), timesAlpha(emit, call, call.operand("self"))]);

/** As PyTorch: NaN on either side counts as absent. */
function ignoringNaN(op: OnnxOpName): Rule {
  return (emit, call) => {
    const [self, other] = [call.operand("self"), call.operand("other")];
    if (!emit.isFloating(self)) return emit.op(op, [self, other]);
    const known = emit.op("Where", [emit.op("IsNaN", [self]), other, self]);
    const otherKnown = emit.op("Where", [emit.op("IsNaN", [other]), self, other]);
    return emit.op(op, [known, otherKnown]);
  };
}

/** PyTorch computes from the end that is nearer. */
const interpolate: Rule = (emit, call) => {
  const [start, end, weight] = [call.operand("self"), call.operand("end"), call.operand("weight")];
  const distance = emit.op("Sub", [end, start]);
  const fromStart = emit.op("Add", [start, emit.op("Mul", [weight, distance])]);
  const rest = emit.op("Sub", [emit.like(weight, 1), weight]);
  const fromEnd = emit.op("Sub", [end, emit.op("Mul", [distance, rest])]);
  const isNearStart = emit.op("Less", [emit.op("Abs", [weight]), emit.like(weight, 0.5)]);
  return emit.op("Where", [isNearStart, fromStart, fromEnd]);
};

/** `self + value · (tensor1 op tensor2)` */
function addScaled(op: "Mul" | "Div"): Rule {
  return (emit, call) => {
    const combined = emit.op(op, [call.operand("tensor1"), call.operand("tensor2")]);
    const value = call.constant("value");
    const scaled = Number(value) === 1 ? combined : emit.op("Mul", [combined, emit.like(combined, value)]);
    return emit.op("Add", [call.operand("self"), scaled]);
  };
}

export const ARITHMETIC: RuleTable = {
  "aten.add.Tensor": add,
  "aten.add.Scalar": add,
  "aten.sub.Tensor": subtract,
  "aten.sub.Scalar": subtract,
  "aten.rsub.Tensor": subtractFrom,
  "aten.rsub.Scalar": subtractFrom,
  "aten.mul.Tensor": binary("Mul"),
  "aten.mul.Scalar": binary("Mul"),
  "aten.maximum.default": binary("Max"),
  "aten.minimum.default": binary("Min"),
  "aten.max.other": binary("Max"),
  "aten.min.other": binary("Min"),
  "aten.fmax.default": ignoringNaN("Max"),
  "aten.fmin.default": ignoringNaN("Min"),
  "aten.lerp.Scalar": interpolate,
  "aten.lerp.Tensor": interpolate,
  "aten.addcmul.default": addScaled("Mul"),
  "aten.addcdiv.default": addScaled("Div"),
};
