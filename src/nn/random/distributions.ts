import { numel, Tensor } from "../../core/index.ts";
import { defaultGenerator } from "./default-generator.ts";
import { cosineAndSine, log } from "./float32-math.ts";
import type { Generator } from "./generator.ts";

const { fround } = Math;
const TWO_PI = fround(2 * Math.PI);
/** PyTorch makes normal numbers in blocks of so many; shorter tensors are filled one by one. */
const BLOCK = 16;

export interface RandomOptions {
  /** The default generator unless given. */
  readonly generator?: Generator;
}

/** Fills `data` with numbers in [from, to), as `Tensor.uniform_`. */
export function fillUniform(data: Float32Array, from: number, to: number, generator: Generator): void {
  const [low, range] = [fround(from), fround(fround(to) - fround(from))];
  for (let i = 0; i < data.length; i++) data[i] = generator.uniform() * range + low;
}

/** Turns 16 numbers in [0, 1) into 16 normal ones: the first half gives the radii, the second the angles. */
function toNormal(block: Float32Array): void {
  const half = BLOCK / 2;
  for (let i = 0; i < half; i++) {
    const radius = fround(Math.sqrt(fround(-2 * log(fround(1 - (block[i] ?? 0))))));
    const [cosine, sine] = cosineAndSine(fround(TWO_PI * (block[i + half] ?? 0)));
    block[i] = radius * cosine;
    block[i + half] = radius * sine;
  }
}

function fillBlock(block: Float32Array, generator: Generator): void {
  for (let i = 0; i < BLOCK; i++) block[i] = generator.uniform();
}

/**
 * Fills `data` with normal numbers of mean 0, as `Tensor.normal_`: bit for bit what PyTorch gives on x86 processors with AVX2.
 * On others PyTorch itself differs in the last bits, because it takes another logarithm.
 */
export function fillNormal(data: Float32Array, generator: Generator, deviation = 1): void {
  const { length } = data;
  if (length < BLOCK) {
    for (let i = 0; i < length; i++) data[i] = generator.normal() * deviation;
    return;
  }
  for (let i = 0; i < length; i++) data[i] = generator.uniform();
  for (let i = 0; i + BLOCK <= length; i += BLOCK) toNormal(data.subarray(i, i + BLOCK));
  if (length % BLOCK !== 0) {
    const last = data.subarray(length - BLOCK);
    fillBlock(last, generator);
    toNormal(last);
  }
  const factor = fround(deviation);
  if (factor !== 1) for (let i = 0; i < length; i++) data[i] = (data[i] ?? 0) * factor;
}

/** How many whole numbers {@link fillNormal} takes for so many, which are at least 16. */
export function wordsOfNormal(count: number): number {
  return count % BLOCK === 0 ? count : count + BLOCK;
}

/** Whether {@link fillNormal} makes so many in blocks. */
export function isInBlocks(count: number): boolean {
  return count >= BLOCK;
}

/** Normal random numbers, as `torch.randn`. */
export function randn(shape: readonly number[], options: RandomOptions = {}): Tensor<"float32"> {
  const data = new Float32Array(numel(shape));
  fillNormal(data, options.generator ?? defaultGenerator);
  return new Tensor("float32", data, shape);
}

/** Random numbers in [0, 1), as `torch.rand`. */
export function rand(shape: readonly number[], options: RandomOptions = {}): Tensor<"float32"> {
  const data = new Float32Array(numel(shape));
  fillUniform(data, 0, 1, options.generator ?? defaultGenerator);
  return new Tensor("float32", data, shape);
}
