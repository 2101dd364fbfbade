import { float } from "../attributes.ts";
import type { Call } from "../call.ts";
import type { Emitter } from "../emitter.ts";
import type { OnnxOpName } from "../onnx-ops.ts";
import type { Operand } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";
import { reshapeTo, slice } from "../shaping.ts";
import { sigmoid, unary } from "./elementwise.ts";

/** An activation of `self` that keeps dtype and shape. */
function activation(compose: (emit: Emitter, self: Operand, call: Call) => Operand): Rule {
  return (emit, call) => compose(emit, call.operand("self"), call);
}

const relu = activation((emit, self) =>
  emit.isFloating(self) ? emit.op("Relu", [self]) : emit.op("Max", [self, emit.like(self, 0)]),
);

const leakyRelu = activation((emit, self, call) =>
  emit.op("LeakyRelu", [self], { alpha: float(call.number("negative_slope")) }),
);

/** `positive · x` above zero, `negative · (e^(input · x) − 1)` below. */
function exponentialLinear(emit: Emitter, x: Operand, positive: number, negative: number, input: number): Operand {
  const scaled = (operand: Operand, factor: number) =>
    factor === 1 ? operand : emit.op("Mul", [operand, emit.like(operand, factor)]);
  const below = scaled(emit.op("Elu", [scaled(x, input)], { alpha: float(1) }), negative);
  return emit.op("Where", [emit.op("Greater", [x, emit.like(x, 0)]), scaled(x, positive), below]);
}

const elu = activation((emit, self, call) => {
  const [alpha, scale, inputScale] = [call.number("alpha"), call.number("scale"), call.number("input_scale")];
  if (scale === 1 && inputScale === 1) return emit.op("Elu", [self], { alpha: float(alpha) });
  return exponentialLinear(emit, self, scale, alpha * scale, inputScale);
});

const celu = activation((emit, self, call) => {
  const alpha = call.number("alpha");
  return exponentialLinear(emit, self, 1, alpha, 1 / alpha);
});

/** The slopes lie along axis 1 of the input. */
const parametricRelu: Rule = (emit, call) => {
  const self = call.tensor("self");
  const weight = call.tensor("weight");
  const trailing = Math.max(0, self.shape.length - 2);
  const slope = reshapeTo(emit, weight, [-1, ...Array<number>(trailing).fill(1)]);
  return emit.op("PRelu", [self, self.shape.length === 0 ? reshapeTo(emit, weight, []) : slope]);
};

const gelu = activation((emit, self, call) => emit.op("Gelu", [self], { approximate: call.string("approximate") }));

const silu = activation((emit, self) => emit.op("Mul", [self, sigmoid(emit, self)]));

const hardSigmoid = activation((emit, self) =>
  emit.op("HardSigmoid", [self], { alpha: float(1 / 6), beta: float(0.5) }),
);

const softplus = activation((emit, self, call) => {
  const [beta, threshold] = [call.number("beta"), call.number("threshold")];
  if (beta === 1 && threshold >= 20) return emit.op("Softplus", [self]);
  const scaled = emit.op("Mul", [self, emit.like(self, beta)]);
  const curve = emit.op("Div", [emit.op("Softplus", [scaled]), emit.like(self, beta)]);
  return emit.op("Where", [emit.op("Greater", [scaled, emit.like(self, threshold)]), self, curve]);
});

const logSigmoid = activation((emit, self) => emit.op("Neg", [emit.op("Softplus", [emit.op("Neg", [self])])]));

const glu: Rule = (emit, call) => {
  const self = call.tensor("self");
  const axis = call.axis("dim", self.shape.length);
  const size = call.known(self.shape[axis], "the size along dim");
  const gate = sigmoid(emit, slice(emit, self, axis, size / 2, size));
  return emit.op("Mul", [slice(emit, self, axis, 0, size / 2), gate]);
};

const threshold = activation((emit, self, call) =>
  emit.op("Where", [emit.op("LessOrEqual", [self, call.converted("threshold")]), call.converted("value"), self]),
);

const hardShrink = activation((emit, self, call) => {
  const isSmall = emit.op("LessOrEqual", [emit.op("Abs", [self]), call.operand("lambd")]);
  return emit.op("Where", [isSmall, emit.like(self, 0), self]);
});

/** What lies beyond ±lambd, moved towards zero by that much. */
const softShrink = activation((emit, self, call) => {
  const lambd = call.operand("lambd");
  const clipped = emit.op("Clip", [self, emit.op("Neg", [lambd]), lambd]);
  return emit.op("Sub", [self, clipped]);
});

function softmax(op: OnnxOpName): Rule {
  return (emit, call) => {
    const self = call.operand("self");
    const rank = call.shape.length;
    if (rank > 0) return emit.op(op, [self], { axis: call.axis("dim", rank) });
    return reshapeTo(emit, emit.op(op, [reshapeTo(emit, self, [1])], { axis: 0 }), []);
  };
}

export const ACTIVATION: RuleTable = {
  "aten.relu.default": relu,
  "aten.sigmoid.default": activation(sigmoid),
  "aten.tanh.default": unary("Tanh"),
  "aten.leaky_relu.default": leakyRelu,
  "aten.elu.default": elu,
  "aten.selu.default": unary("Selu"),
  "aten.celu.default": celu,
  "aten.prelu.default": parametricRelu,
  "aten._prelu_kernel.default": parametricRelu,
  "aten.gelu.default": gelu,
  "aten.silu.default": silu,
  "aten.mish.default": unary("Mish"),
  "aten.hardsigmoid.default": hardSigmoid,
  "aten.hardswish.default": unary("HardSwish"),
  "aten.softplus.default": softplus,
  "aten.log_sigmoid.default": logSigmoid,
  "aten.glu.default": glu,
  "aten.threshold.default": threshold,
  "aten.hardshrink.default": hardShrink,
  "aten.softshrink.default": softShrink,
  "aten.softmax.int": softmax("Softmax"),
  "aten._softmax.default": softmax("Softmax"),
  "aten.log_softmax.int": softmax("LogSoftmax"),
  "aten._log_softmax.default": softmax("LogSoftmax"),
};
