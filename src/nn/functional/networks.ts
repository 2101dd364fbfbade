import type { Buffer, Parameter } from "../parameter.ts";
import type { Operand } from "../symbolic/traced-tensor.ts";
import type { SymbolicTensor } from "../symbolic-tensor.ts";

type Weight = Parameter | Buffer | SymbolicTensor;

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

/** A convolution over all axes but rows and channels: `conv1d`, `conv2d` or `conv3d`, as the weight has it. */
export function conv(
  input: SymbolicTensor,
  weight: Weight,
  bias: Weight | null = null,
  { stride = 1, padding = 0, dilation = 1, groups = 1 }: ConvolutionOptions = {},
): SymbolicTensor {
  const rank = weight.shape.length - 2;
  const each = (option: number | readonly number[]): readonly number[] =>
    typeof option === "number" ? Array<number>(rank).fill(option) : option;
  const args = { stride: each(stride), padding: each(padding), dilation: each(dilation), groups };
  return input.call({ target: `aten.conv${rank}d.default`, args: { input, weight, bias, ...args } });
}

export interface NormOptions {
  readonly weight?: Weight | null;
  readonly bias?: Weight | null;
  readonly eps?: number;
}

export function layerNorm(
  input: SymbolicTensor,
  normalizedShape: readonly number[],
  { weight = null, bias = null, eps = 1e-5 }: NormOptions = {},
): SymbolicTensor {
  const args = { input, normalized_shape: normalizedShape, weight, bias, eps, cudnn_enable: false };
  return input.call({ target: "aten.layer_norm.default", args });
}

export function rmsNorm(
  input: SymbolicTensor,
  normalizedShape: readonly number[],
  { weight = null, eps }: { readonly weight?: Weight | null; readonly eps?: number } = {},
): SymbolicTensor {
  const args = { input, normalized_shape: normalizedShape, weight, eps: eps ?? null };
  return input.call({ target: "aten.rms_norm.default", args });
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

/** What inference leaves alone; refused in training. */
export function dropout(input: SymbolicTensor, p: number, training: boolean): SymbolicTensor {
  return input.call({ target: "aten.dropout.default", args: { input, p, train: training } });
}
