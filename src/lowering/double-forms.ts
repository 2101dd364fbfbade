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

/** By float32's value, corrected by the angle that is left: atan x − a = atan((x cos a − sin a) / (cos a + x sin a)). */
function arctangent(f: Formula, given: Operand): Operand {
  const x = f.max(f.min(given, 1e300), -1e300);
  const near = f.cast(f.emit.op("Atan", [f.cast(x, "float32")]), "float64");
  const [sine, cosine] = [f.sin(near), f.cos(near)];
  const rest = f.div(f.sub(f.mul(x, cosine), sine), f.add(cosine, f.mul(x, sine)));
  return f.add(near, f.sub(rest, f.div(f.mul(rest, rest, rest), 3)));
}

/** An odd function by its values for positive numbers. */
function odd(f: Formula, x: Operand, positive: (magnitude: Operand) => Operand): Operand {
  const value = positive(f.abs(x));
  return f.where(f.less(x, 0), f.neg(value), value);
}

/** Beyond this, 1 is lost beside the square. */
const LARGE = 2 ** 28;

function hyperbolicSine(f: Formula, x: Operand): Operand {
  return odd(f, x, (y) => {
    const small = f.min(y, 1);
    const half = f.emit.op("Tanh", [f.mul(small, 0.5)]);
    const grown = f.mul(half, f.add(f.exp(small), 1));
    const near = f.mul(f.add(grown, f.div(grown, f.add(grown, 1))), 0.5);
    return f.where(f.lessOrEqual(y, 1), near, f.mul(f.sub(f.exp(y), f.exp(f.neg(y))), 0.5));
  });
}

function inverseHyperbolicSine(f: Formula, x: Operand): Operand {
  return odd(f, x, (y) => {
    const small = f.min(y, LARGE);
    const square = f.square(small);
    const sum = f.add(small, f.div(square, f.add(f.sqrt(f.add(square, 1)), 1)));
    return f.where(f.less(y, LARGE), logOnePlus(f.emit, sum), f.add(f.log(y), Math.LN2));
  });
}

function inverseHyperbolicCosine(f: Formula, x: Operand): Operand {
  const small = f.min(x, LARGE);
  const over = f.sub(small, 1);
  const sum = f.add(over, f.sqrt(f.mul(over, f.add(small, 1))));
  return f.where(f.greater(x, LARGE), f.add(f.log(x), Math.LN2), logOnePlus(f.emit, sum));
}

/** In float64, compositions of what has a kernel. */
const DOUBLE_FORMS: Readonly<Partial<Record<OnnxOpName, DoubleForm>>> = {
  Acos: (f, x) => f.mul(arctangent(f, f.sqrt(f.div(f.sub(1, x), f.add(x, 1)))), 2),
  Acosh: inverseHyperbolicCosine,
  Asin: (f, x) => arctangent(f, f.div(x, f.sqrt(f.mul(f.sub(1, x), f.add(x, 1))))),
  Asinh: inverseHyperbolicSine,
  Atan: arctangent,
  Atanh: (f, x) => odd(f, x, (y) => f.mul(logOnePlus(f.emit, f.div(f.mul(y, 2), f.sub(1, y))), 0.5)),
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
  Sinh: hyperbolicSine,
  Softplus: softplus,
  Tan: (f, x) => f.div(f.sin(x), f.cos(x)),
};

/** What stands in float64 for a node of which the runtime has no kernel for it; undefined when nothing does. */
export function inFloat64(emit: Emitter, request: NodeRequest): Operand | undefined {
  const [x] = request.inputs;
  return x && DOUBLE_FORMS[request.op]?.(new Formula(emit), x, request);
}
