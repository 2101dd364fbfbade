import { tuple } from "../layers/tuple.ts";
import type { Buffer, Parameter } from "../parameter.ts";
import type { Operand } from "../symbolic/traced-tensor.ts";
import type { SymbolicTensor } from "../symbolic-tensor.ts";

export type Weight = Parameter | Buffer | SymbolicTensor;

export function linear(input: SymbolicTensor, weight: Weight, bias: Weight | null = null): SymbolicTensor {
  return input.call({ target: "aten.linear.default", args: { input, weight, bias } });
}

/** Rows of a table by integer indices. */
export function embedding(indices: SymbolicTensor, weight: Weight): SymbolicTensor {
  return indices.call({ target: "aten.embedding.default", args: { weight, indices } });
}

export function oneHot(self: SymbolicTensor, numClasses: number): SymbolicTensor {
  return self.call({ target: "aten.one_hot.default", args: { self, num_classes: numClasses } });
}

export interface ConvolutionOptions {
  readonly stride?: number | readonly number[];
  readonly padding?: number | readonly number[];
  readonly dilation?: number | readonly number[];
  readonly groups?: number;
}

export interface TransposedConvolutionOptions extends ConvolutionOptions {
  readonly outputPadding?: number | readonly number[];
}

/** A convolution over all axes but rows and channels: {@link conv1d}, {@link conv2d} or {@link conv3d}, as the weight has it. */
export function conv(
  input: SymbolicTensor,
  weight: Weight,
  bias: Weight | null = null,
  { stride = 1, padding = 0, dilation = 1, groups = 1 }: ConvolutionOptions = {},
): SymbolicTensor {
  const rank = weight.shape.length - 2;
  const each = (option: number | readonly number[], name: string): readonly number[] => tuple(rank, option, name);
  const sizes = { stride: each(stride, "stride"), padding: each(padding, "padding") };
  const args = { ...sizes, dilation: each(dilation, "dilation"), groups };
  return input.call({ target: `aten.conv${rank}d.default`, args: { input, weight, bias, ...args } });
}

type Convolution = typeof conv;

export const conv1d: Convolution = conv;
export const conv2d: Convolution = conv;
export const conv3d: Convolution = conv;

const TRANSPOSED = ["", "conv_transpose1d.default", "conv_transpose2d.input", "conv_transpose3d.input"];

function convTranspose(
  input: SymbolicTensor,
  weight: Weight,
  bias: Weight | null = null,
  options: TransposedConvolutionOptions = {},
): SymbolicTensor {
  const rank = weight.shape.length - 2;
  const { stride = 1, padding = 0, outputPadding = 0, dilation = 1, groups = 1 } = options;
  const args = {
    stride: tuple(rank, stride, "stride"),
    padding: tuple(rank, padding, "padding"),
    output_padding: tuple(rank, outputPadding, "outputPadding"),
    groups,
    dilation: tuple(rank, dilation, "dilation"),
  };
  return input.call({ target: `aten.${TRANSPOSED[rank]}`, args: { input, weight, bias, ...args } });
}

type TransposedConvolution = typeof convTranspose;

export const convTranspose1d: TransposedConvolution = convTranspose;
export const convTranspose2d: TransposedConvolution = convTranspose;
export const convTranspose3d: TransposedConvolution = convTranspose;

/** `input1 @ weight[k] @ input2 + bias[k]` for every k. */
export function bilinear(
  input1: SymbolicTensor,
  input2: SymbolicTensor,
  weight: Weight,
  bias: Weight | null = null,
): SymbolicTensor {
  return input1.call({ target: "aten.bilinear.default", args: { input1, input2, weight, bias } });
}

export interface AttentionOptions {
  /** Added to the scores, or, where it is boolean, false where a key is not attended to. */
  readonly attnMask?: Operand | null;
  /** Whether a query attends to no later key. */
  readonly isCausal?: boolean;
  /** One over the root of the size of a query unless given. */
  readonly scale?: number;
  /** Whether several heads of queries share one of keys and values. */
  readonly enableGqa?: boolean;
}

/** `softmax(query @ key.T * scale + mask) @ value`. */
export function scaledDotProductAttention(
  query: SymbolicTensor,
  key: SymbolicTensor,
  value: SymbolicTensor,
  { attnMask = null, isCausal = false, scale, enableGqa = false }: AttentionOptions = {},
): SymbolicTensor {
  const options = { attn_mask: attnMask, is_causal: isCausal, scale: scale ?? null, enable_gqa: enableGqa };
  return query.call({
    target: "aten.scaled_dot_product_attention.default",
    args: { query, key, value, ...options },
  });
}
