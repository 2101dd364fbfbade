import { numel, Tensor } from "../core/index.ts";
import { Parameter } from "./parameter.ts";
import { defaultGenerator } from "./random/default-generator.ts";
import { fillNormal, fillUniform } from "./random/distributions.ts";

/** What `Linear` and `Conv2d` start with: `kaiming_uniform_(weight, a=sqrt(5))`. */
const NEGATIVE_SLOPE = Math.sqrt(5);

function uniform(shape: readonly number[], bound: number): Parameter {
  const data = new Float32Array(numel(shape));
  fillUniform(data, -bound, bound, defaultGenerator);
  return new Parameter(new Tensor("float32", data, shape));
}

/** Weights for `fanIn` inputs each, drawn from the default generator. */
export function kaimingUniform(shape: readonly number[], fanIn: number): Parameter {
  const gain = Math.sqrt(2 / (1 + NEGATIVE_SLOPE ** 2));
  return uniform(shape, Math.sqrt(3) * (gain / Math.sqrt(fanIn)));
}

/** The bias beside weights for `fanIn` inputs each, drawn from the default generator. */
export function fanInBias(size: number, fanIn: number): Parameter {
  return uniform([size], 1 / Math.sqrt(fanIn));
}

/** Drawn from `-bound` to `bound` with the default generator. */
export function symmetric(shape: readonly number[], bound: number): Parameter {
  return uniform(shape, bound);
}

/** Weights of `[fanOut, fanIn]`, drawn from the default generator, as `torch.nn.init.xavier_uniform_`. */
export function xavierUniform(shape: readonly [fanOut: number, fanIn: number]): Parameter {
  return uniform(shape, Math.sqrt(3) * Math.sqrt(2 / (shape[0] + shape[1])));
}

/** A vector of `size` as `[1, 1, size]`, drawn from the default generator, as `torch.nn.init.xavier_normal_`. */
export function xavierNormal(shape: readonly [1, 1, size: number]): Parameter {
  return normal(shape, Math.sqrt(1 / shape[2]));
}

/** Drawn from the default generator, with mean 0. */
export function normal(shape: readonly number[], deviation = 1): Parameter {
  const data = new Float32Array(numel(shape));
  fillNormal(data, defaultGenerator, deviation);
  return new Parameter(new Tensor("float32", data, shape));
}

export function filled(shape: readonly number[], value: number): Tensor<"float32"> {
  return new Tensor("float32", new Float32Array(numel(shape)).fill(value), shape);
}
