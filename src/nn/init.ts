import { numel, Tensor } from "../core/index.ts";
import { Parameter } from "./parameter.ts";
import { defaultGenerator } from "./random/default-generator.ts";
import { fillNormal, fillUniform, isInBlocks, wordsOfNormal } from "./random/distributions.ts";
import type { Generator } from "./random/generator.ts";

/** What `Linear` and `Conv2d` start with: `kaiming_uniform_(weight, a=sqrt(5))`. */
const NEGATIVE_SLOPE = Math.sqrt(5);

type Fill = (data: Float32Array, generator: Generator) => void;

/** A parameter whose values are drawn, by so many whole numbers, when they are asked for. */
function drawn(shape: readonly number[], words: number, fill: Fill): Parameter {
  let data: Float32Array | undefined;
  const putOff = defaultGenerator.later(words, (generator) => {
    data = new Float32Array(numel(shape));
    fill(data, generator);
  });
  const tensor = (): Tensor => {
    putOff.settle();
    return new Tensor("float32", data ?? new Float32Array(), shape);
  };
  return new Parameter({ dtype: "float32", shape, tensor, drop: () => putOff.drop() });
}

function uniform(shape: readonly number[], bound: number): Parameter {
  return drawn(shape, numel(shape), (data, generator) => fillUniform(data, -bound, bound, generator));
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
  return normal(shape, (data, generator) => fillNormal(data, generator, Math.sqrt(1 / shape[2])));
}

function normal(shape: readonly number[], fill: Fill): Parameter {
  const count = numel(shape);
  if (isInBlocks(count)) return drawn(shape, wordsOfNormal(count), fill);
  const data = new Float32Array(count);
  fill(data, defaultGenerator);
  return new Parameter(new Tensor("float32", data, shape));
}

/** Rows of standard normal numbers, drawn from the default generator, but for `zeroRow`. */
export function normalRows(shape: readonly [rows: number, width: number], zeroRow: number | null): Parameter {
  const [, width] = shape;
  return normal(shape, (data, generator) => {
    fillNormal(data, generator);
    if (zeroRow !== null) data.fill(0, zeroRow * width, (zeroRow + 1) * width);
  });
}

export function filled(shape: readonly number[], value: number): Tensor<"float32"> {
  return new Tensor("float32", new Float32Array(numel(shape)).fill(value), shape);
}
