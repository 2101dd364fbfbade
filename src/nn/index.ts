export * as functional from "./functional/index.ts";
export * from "./functions.ts";
export * from "./layers/activations.ts";
export * from "./layers/containers.ts";
export * from "./layers/convolution.ts";
export * from "./layers/distances.ts";
export * from "./layers/dropout.ts";
export { Embedding, type EmbeddingOptions } from "./layers/embedding.ts";
export * from "./layers/embedding-bag.ts";
export * from "./layers/linear.ts";
export * from "./layers/multihead-attention.ts";
export * from "./layers/normalization.ts";
export * from "./layers/padding.ts";
export {
  AdaptiveAvgPool1d,
  AdaptiveAvgPool2d,
  AdaptiveAvgPool3d,
  AdaptiveMaxPool1d,
  AdaptiveMaxPool2d,
  AdaptiveMaxPool3d,
  AvgPool1d,
  AvgPool2d,
  AvgPool3d,
  type AvgPoolOptions,
  MaxPool1d,
  MaxPool2d,
  MaxPool3d,
  type MaxPoolOptions,
  type OutputSize,
} from "./layers/pooling.ts";
export * from "./layers/power-pooling.ts";
export * from "./layers/recurrent.ts";
export * from "./layers/recurrent-cells.ts";
export * from "./layers/shaping.ts";
export * from "./layers/transformer.ts";
export type { SizeOption } from "./layers/tuple.ts";
export * from "./layers/unpooling.ts";
export * from "./module.ts";
export { Buffer, Parameter } from "./parameter.ts";
export { defaultGenerator, manualSeed } from "./random/default-generator.ts";
export { type RandomOptions, rand, randn } from "./random/distributions.ts";
export { Generator, type GeneratorState } from "./random/generator.ts";
export type { LoadOptions, LoadReport, StateDict, TensorSource } from "./state-dict.ts";
export type { Index, Range } from "./symbolic/indexed-tensor.ts";
export type { Axes, ReductionOptions, VarianceOptions, WithIndices } from "./symbolic/reduced-tensor.ts";
export type { Operand } from "./symbolic/traced-tensor.ts";
export * from "./symbolic-tensor.ts";
export * from "./trace.ts";
