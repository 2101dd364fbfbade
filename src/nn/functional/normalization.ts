import type { SymbolicTensor } from "../symbolic-tensor.ts";
import type { Weight } from "./networks.ts";
import { pad } from "./padding.ts";
import { avgPool2d, avgPool3d } from "./pooling.ts";

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

export interface StatisticsOptions extends NormOptions {
  /** Whether the statistics are those of the input. */
  readonly training?: boolean;
}

/** Normalizes channels by statistics that were gathered. */
export function batchNorm(
  input: SymbolicTensor,
  runningMean: Weight | null,
  runningVar: Weight | null,
  { weight = null, bias = null, training = false, eps = 1e-5 }: StatisticsOptions = {},
): SymbolicTensor {
  const statistics = { running_mean: runningMean, running_var: runningVar, training, momentum: 0.1 };
  const args = { input, weight, bias, ...statistics, eps, cudnn_enabled: false };
  return input.call({ target: "aten.batch_norm.default", args });
}

/** Normalizes each channel of each row. */
export function instanceNorm(
  input: SymbolicTensor,
  { weight = null, bias = null, eps = 1e-5 }: NormOptions = {},
): SymbolicTensor {
  const statistics = { running_mean: null, running_var: null, use_input_stats: true, momentum: 0.1 };
  const args = { input, weight, bias, ...statistics, eps, cudnn_enabled: false };
  return input.call({ target: "aten.instance_norm.default", args });
}

export function groupNorm(
  input: SymbolicTensor,
  numGroups: number,
  { weight = null, bias = null, eps = 1e-5 }: NormOptions = {},
): SymbolicTensor {
  const args = { input, num_groups: numGroups, weight, bias, eps, cudnn_enabled: false };
  return input.call({ target: "aten.group_norm.default", args });
}

export interface LocalResponseOptions {
  readonly alpha?: number;
  readonly beta?: number;
  readonly k?: number;
}

/** Divides by what the `size` channels around have. */
export function localResponseNorm(
  input: SymbolicTensor,
  size: number,
  { alpha = 1e-4, beta = 0.75, k = 1 }: LocalResponseOptions = {},
): SymbolicTensor {
  const around = [Math.floor(size / 2), Math.floor((size - 1) / 2)];
  const squares = input.square();
  const isSequence = input.shape.length === 3;
  const [rows = 1, channels = 1, length = 1] = input.shape;
  const means = isSequence
    ? avgPool2d(pad(squares.unsqueeze(1), [0, 0, ...around]), [size, 1], { stride: 1 }).squeeze(1)
    : avgPool3d(pad(squares.view(rows, 1, channels, length, -1), [0, 0, 0, 0, ...around]), [size, 1, 1], { stride: 1 })
        .squeeze(1)
        .viewAs(input);
  return input.div(means.mul(alpha).add(k).pow(beta));
}
