import type { Emitter } from "./emitter.ts";
import { Formula } from "./formula.ts";
import type { NodeRequest } from "./older-forms.ts";
import type { OnnxOpName } from "./onnx-ops.ts";
import type { Operand } from "./operand.ts";
import { logOnePlus } from "./rules/elementwise.ts";
import { complement, errorFunction } from "./rules/error-function.ts";
import { reshapeTo } from "./shaping.ts";

type DoubleForm = (f: Formula, x: Operand, request: NodeRequest) => Operand;

/** The number that an attribute gives, in full precision. */
function attribute({ attributes }: NodeRequest, name: string, fallback: number): number {
  const value = attributes[name];
  return typeof value === "object" && "float" in value ? value.float : fallback;
}

function exponentialLinear(f: Formula, x: Operand, alpha: number): Operand {
  const half = f.emit.op("Tanh", [f.mul(x, 0.5)]);
  const below = f.mul(half, f.add(f.exp(x), 1), alpha);
  return f.where(f.greater(x, 0), x, below);
}

const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;

function softplus(f: Formula, x: Operand): Operand {
  return f.add(f.max(x, 0), logOnePlus(f.emit, f.exp(f.neg(f.abs(x)))));
}

function clamped(f: Formula, x: Operand, slope: number, offset: number): Operand {
  return f.max(f.min(f.add(f.mul(x, slope), offset), 1), 0);
}

function gelu(f: Formula, x: Operand, { attributes }: NodeRequest): Operand {
  if (attributes["approximate"] !== "tanh") return f.mul(x, 0.5, complement(f, f.mul(x, -Math.SQRT1_2)));
  const inner = f.mul(f.add(x, f.mul(f.square(x), x, 0.044715)), Math.sqrt(2 / Math.PI));
  return f.mul(x, 0.5, f.add(f.emit.op("Tanh", [inner]), 1));
}

/** Over all axes but batch and channel, of inputs with one axis after these. */
function instanceNormalization(f: Formula, x: Operand, request: NodeRequest): Operand {
  const [, weight, bias] = request.inputs;
  const mean = (of: Operand) => f.emit.op("ReduceMean", [of, f.emit.int64s([2])], { keepdims: 1 });
  const deviation = f.sub(x, mean(x));
  const variance = mean(f.square(deviation));
  const result = f.div(deviation, f.sqrt(f.add(variance, attribute(request, "epsilon", 1e-5))));
  const column = (vector: Operand | undefined, otherwise: number) =>
    vector ? reshapeTo(f.emit, vector, [-1, 1]) : otherwise;
  return f.add(f.mul(result, column(weight, 1)), column(bias, 0));
}

/** In float64, compositions of what has a kernel. */
const DOUBLE_FORMS: Readonly<Partial<Record<OnnxOpName, DoubleForm>>> = {
  Cosh: (f, x) => f.mul(f.add(f.exp(x), f.exp(f.neg(x))), 0.5),
  Elu: (f, x, request) => exponentialLinear(f, x, attribute(request, "alpha", 1)),
  Erf: errorFunction,
  Gelu: gelu,
  HardSigmoid: (f, x, request) => clamped(f, x, attribute(request, "alpha", 0.2), attribute(request, "beta", 0.5)),
  HardSwish: (f, x) => f.mul(x, clamped(f, x, 1 / 6, 0.5)),
  InstanceNormalization: instanceNormalization,
  LeakyRelu: (f, x, request) => f.where(f.less(x, 0), f.mul(x, attribute(request, "alpha", 0.01)), x),
  Mish: (f, x) => f.mul(x, f.emit.op("Tanh", [softplus(f, x)])),
  PRelu: (f, x, { inputs: [, slope] }) => f.where(f.less(x, 0), f.mul(x, slope ?? 1), x),
  Selu: (f, x) => f.mul(exponentialLinear(f, x, SELU_ALPHA), SELU_SCALE),
  Softplus: softplus,
  Tan: (f, x) => f.div(f.sin(x), f.cos(x)),
};

/** What stands in float64 for a node of which the runtime has no kernel for it; undefined when nothing does. */
export function inFloat64(emit: Emitter, request: NodeRequest): Operand | undefined {
  const [x] = request.inputs;
  return x && DOUBLE_FORMS[request.op]?.(new Formula(emit), x, request);
}
