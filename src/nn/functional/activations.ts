import type { Parameter } from "../parameter.ts";
import type { SymbolicTensor } from "../symbolic-tensor.ts";
import type { TracedCall } from "../tracer.ts";

type Activation = (input: SymbolicTensor) => SymbolicTensor;

function apply(self: SymbolicTensor, name: string, args: TracedCall["args"] = {}): SymbolicTensor {
  return self.call({ target: `aten.${name}`, args: { self, ...args } });
}

function activation(name: string): Activation {
  return (input) => apply(input, `${name}.default`);
}

export const relu: Activation = activation("relu");
export const relu6: Activation = activation("relu6");
export const selu: Activation = activation("selu");
export const silu: Activation = activation("silu");
export const mish: Activation = activation("mish");
export const hardswish: Activation = activation("hardswish");
export const hardsigmoid: Activation = activation("hardsigmoid");
export const sigmoid: Activation = activation("sigmoid");
export const logsigmoid: Activation = activation("log_sigmoid");
export const tanh: Activation = activation("tanh");

export function hardshrink(input: SymbolicTensor, lambd = 0.5): SymbolicTensor {
  return apply(input, "hardshrink.default", { lambd });
}

export function softshrink(input: SymbolicTensor, lambd = 0.5): SymbolicTensor {
  return apply(input, "softshrink.default", { lambd });
}

export function tanhshrink(input: SymbolicTensor): SymbolicTensor {
  return input.sub(input.tanh());
}

/** `value` up to `limit`. */
export function threshold(input: SymbolicTensor, limit: number, value: number): SymbolicTensor {
  return apply(input, "threshold.default", { threshold: limit, value });
}

/** What inference gives: the mean of its slopes for negative elements. */
export function rrelu(input: SymbolicTensor, lower: number = 1 / 8, upper: number = 1 / 3): SymbolicTensor {
  return leakyRelu(input, (lower + upper) / 2);
}

export function gelu(input: SymbolicTensor, approximate: "none" | "tanh" = "none"): SymbolicTensor {
  return apply(input, "gelu.default", { approximate });
}

export function leakyRelu(input: SymbolicTensor, negativeSlope = 0.01): SymbolicTensor {
  return apply(input, "leaky_relu.default", { negative_slope: negativeSlope });
}

export function elu(input: SymbolicTensor, alpha = 1): SymbolicTensor {
  return apply(input, "elu.default", { alpha });
}

export function celu(input: SymbolicTensor, alpha = 1): SymbolicTensor {
  return apply(input, "celu.default", { alpha });
}

export function hardtanh(input: SymbolicTensor, minVal = -1, maxVal = 1): SymbolicTensor {
  return apply(input, "hardtanh.default", { min_val: minVal, max_val: maxVal });
}

export function softplus(input: SymbolicTensor, beta = 1, threshold = 20): SymbolicTensor {
  return apply(input, "softplus.default", { beta, threshold });
}

export function prelu(input: SymbolicTensor, weight: Parameter): SymbolicTensor {
  return apply(input, "prelu.default", { weight });
}

export function glu(input: SymbolicTensor, dim = -1): SymbolicTensor {
  return apply(input, "glu.default", { dim });
}

export function softmax(input: SymbolicTensor, dim: number): SymbolicTensor {
  return input.softmax(dim);
}

export function logSoftmax(input: SymbolicTensor, dim: number): SymbolicTensor {
  return input.logSoftmax(dim);
}

export function softmin(input: SymbolicTensor, dim: number): SymbolicTensor {
  return input.neg().softmax(dim);
}

export function softsign(input: SymbolicTensor): SymbolicTensor {
  return input.div(input.abs().add(1));
}

/** Divides by the norm along `dim`, or by `eps` where that is greater. */
export function normalize(
  input: SymbolicTensor,
  { p = 2, dim = 1, eps = 1e-12 }: { readonly p?: number; readonly dim?: number; readonly eps?: number } = {},
): SymbolicTensor {
  const norm = input.norm(dim, { ord: p, keepdim: true }).clamp({ min: eps });
  return input.div(norm.expandAs(input));
}
