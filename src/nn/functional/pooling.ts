import type { Dim } from "../../core/index.ts";
import * as pools from "../layers/pooling.ts";
import { type SizeOption, tuple } from "../layers/tuple.ts";
import * as unpools from "../layers/unpooling.ts";
import type { WithIndices } from "../symbolic/reduced-tensor.ts";
import type { SymbolicTensor } from "../symbolic-tensor.ts";

type Pool<Options> = (input: SymbolicTensor, kernelSize: SizeOption, options?: Options) => SymbolicTensor;

function pooling<Options>(
  Layer: new (kernelSize: SizeOption, options?: Options) => { forward(input: SymbolicTensor): SymbolicTensor },
): Pool<Options> {
  return (input, kernelSize, options) => new Layer(kernelSize, options).forward(input);
}

type MaxPool = Pool<pools.MaxPoolOptions>;
type AvgPool = Pool<pools.AvgPoolOptions>;

export const maxPool1d: MaxPool = pooling(pools.MaxPool1d);
export const maxPool2d: MaxPool = pooling(pools.MaxPool2d);
export const maxPool3d: MaxPool = pooling(pools.MaxPool3d);
export const avgPool1d: AvgPool = pooling(pools.AvgPool1d);
export const avgPool2d: AvgPool = pooling(pools.AvgPool2d);
export const avgPool3d: AvgPool = pooling(pools.AvgPool3d);

type AdaptivePool = (input: SymbolicTensor, outputSize: pools.OutputSize) => SymbolicTensor;

function adaptive(
  Layer: new (outputSize: pools.OutputSize) => { forward(input: SymbolicTensor): SymbolicTensor },
): AdaptivePool {
  return (input, outputSize) => new Layer(outputSize).forward(input);
}

export const adaptiveAvgPool1d: AdaptivePool = adaptive(pools.AdaptiveAvgPool1d);
export const adaptiveAvgPool2d: AdaptivePool = adaptive(pools.AdaptiveAvgPool2d);
export const adaptiveAvgPool3d: AdaptivePool = adaptive(pools.AdaptiveAvgPool3d);
export const adaptiveMaxPool1d: AdaptivePool = adaptive(pools.AdaptiveMaxPool1d);
export const adaptiveMaxPool2d: AdaptivePool = adaptive(pools.AdaptiveMaxPool2d);
export const adaptiveMaxPool3d: AdaptivePool = adaptive(pools.AdaptiveMaxPool3d);

type PoolWithIndices = (input: SymbolicTensor, kernelSize: SizeOption, options?: pools.MaxPoolOptions) => WithIndices;

function withIndices(rank: number): PoolWithIndices {
  return (self, kernelSize, options = {}) => {
    const args = { self, ...pools.maxPoolArgs(rank, kernelSize, options) };
    const target = `aten.max_pool${rank}d_with_indices.default`;
    return self.calls({ target, args }) as unknown as WithIndices;
  };
}

/** The greatest elements, and where they are in each channel. */
export const maxPool1dWithIndices: PoolWithIndices = withIndices(1);
export const maxPool2dWithIndices: PoolWithIndices = withIndices(2);
export const maxPool3dWithIndices: PoolWithIndices = withIndices(3);

type AdaptivePoolWithIndices = (input: SymbolicTensor, outputSize: pools.OutputSize) => WithIndices;

function adaptiveWithIndices(rank: number): AdaptivePoolWithIndices {
  return (self, outputSize) => {
    const args = { self, output_size: pools.outputSizes(rank, outputSize, self) };
    return self.calls({ target: `aten.adaptive_max_pool${rank}d.default`, args }) as unknown as WithIndices;
  };
}

export const adaptiveMaxPool1dWithIndices: AdaptivePoolWithIndices = adaptiveWithIndices(1);
export const adaptiveMaxPool2dWithIndices: AdaptivePoolWithIndices = adaptiveWithIndices(2);
export const adaptiveMaxPool3dWithIndices: AdaptivePoolWithIndices = adaptiveWithIndices(3);

export interface LPPoolOptions {
  /** The kernel's size unless given. */
  readonly stride?: SizeOption;
  readonly ceilMode?: boolean;
}

type LPPool = (
  input: SymbolicTensor,
  normType: number,
  kernelSize: SizeOption,
  options?: LPPoolOptions,
) => SymbolicTensor;

function powerAverage(rank: number, average: AvgPool): LPPool {
  return (input, normType, kernelSize, options = {}) => {
    const elements = tuple(rank, kernelSize, "kernelSize").reduce((product, size) => product * size, 1);
    const means = average(input.pow(normType), kernelSize, options);
    return means
      .sign()
      .mul(means.abs().relu())
      .mul(elements)
      .pow(1 / normType);
  };
}

/** The p-norm of each window. */
export const lpPool1d: LPPool = powerAverage(1, avgPool1d);
export const lpPool2d: LPPool = powerAverage(2, avgPool2d);
export const lpPool3d: LPPool = powerAverage(3, avgPool3d);

export interface UnpoolOptions extends unpools.MaxUnpoolOptions {
  /** The sizes that the pooling had, where what it gave does not tell. */
  readonly outputSize?: readonly Dim[];
}

type Unpool = (
  input: SymbolicTensor,
  indices: SymbolicTensor,
  kernelSize: SizeOption,
  options?: UnpoolOptions,
) => SymbolicTensor;

type UnpoolLayer = {
  forward(input: SymbolicTensor, indices: SymbolicTensor, outputSize?: readonly Dim[]): SymbolicTensor;
};

function unpooling(Layer: new (kernelSize: SizeOption, options: unpools.MaxUnpoolOptions) => UnpoolLayer): Unpool {
  return (input, indices, kernelSize, { outputSize, ...options } = {}) =>
    new Layer(kernelSize, options).forward(input, indices, outputSize);
}

/** Puts elements where a max pooling found them, zeros elsewhere. */
export const maxUnpool1d: Unpool = unpooling(unpools.MaxUnpool1d);
export const maxUnpool2d: Unpool = unpooling(unpools.MaxUnpool2d);
export const maxUnpool3d: Unpool = unpooling(unpools.MaxUnpool3d);
