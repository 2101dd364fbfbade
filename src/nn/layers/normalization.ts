import { Tensor } from "../../core/index.ts";
import { type LocalResponseOptions, localResponseNorm } from "../functional/normalization.ts";
import { filled } from "../init.ts";
import { Module } from "../module.ts";
import { Buffer, Parameter } from "../parameter.ts";
import { shapeError } from "../shape-error.ts";
import type { SymbolicTensor } from "../symbolic-tensor.ts";
import { checkSizes } from "./sizes.ts";

export interface ChannelNormOptions {
  readonly eps?: number;
  readonly momentum?: number;
  /** Whether each channel has a weight and a bias. */
  readonly affine?: boolean;
  /** Whether inference uses the statistics that training gathered, rather than those of the input. */
  readonly trackRunningStats?: boolean;
}

/** What norms by channel have. Fields are named as in the state dict. */
abstract class ChannelNorm extends Module {
  readonly numFeatures: number;
  readonly eps: number;
  readonly momentum: number;
  readonly weight: Parameter | null;
  readonly bias: Parameter | null;
  readonly running_mean: Buffer | null;
  readonly running_var: Buffer | null;
  readonly num_batches_tracked: Buffer | null;

  constructor(numFeatures: number, options: ChannelNormOptions) {
    super();
    checkSizes({ numFeatures });
    const { eps = 1e-5, momentum = 0.1, affine = true, trackRunningStats: tracks = true } = options;
    const shape = [numFeatures];
    this.numFeatures = numFeatures;
    this.eps = eps;
    this.momentum = momentum;
    this.weight = affine ? new Parameter(filled(shape, 1)) : null;
    this.bias = affine ? new Parameter(filled(shape, 0)) : null;
    this.running_mean = tracks ? new Buffer(filled(shape, 0)) : null;
    this.running_var = tracks ? new Buffer(filled(shape, 1)) : null;
    this.num_batches_tracked = tracks ? new Buffer(new Tensor("int64", new BigInt64Array(1), [])) : null;
  }

  /** Whether the statistics are those of the input. */
  protected get usesInput(): boolean {
    return this.training || this.running_mean === null;
  }

  protected check(input: SymbolicTensor, ranks: readonly number[], axis = 1): void {
    const { numFeatures } = this;
    const { shape } = input;
    const channels = shape[axis];
    if (ranks.includes(shape.length) && (channels === numFeatures || typeof channels === "object")) return;
    throw shapeError(this.constructor.name, shape, `${ranks.join(" or ")} axes and ${numFeatures} channels`);
  }
}

/** Normalizes each channel over the batch. */
abstract class BatchNorm extends ChannelNorm {
  protected abstract readonly ranks: readonly number[];

  constructor(numFeatures: number, options: ChannelNormOptions = {}) {
    super(numFeatures, options);
  }

  override forward(input: SymbolicTensor): SymbolicTensor {
    this.check(input, this.ranks);
    const { weight, bias, running_mean, running_var, usesInput: training, momentum, eps } = this;
    const args = { input, weight, bias, running_mean, running_var, training, momentum, eps, cudnn_enabled: false };
    return input.call({ target: "aten.batch_norm.default", args, module: this });
  }
}

/** Of `[rows, channels]` or `[rows, channels, length]`, as `torch.nn.BatchNorm1d`. */
export class BatchNorm1d extends BatchNorm {
  protected override readonly ranks: readonly number[] = [2, 3];
}

/** Of `[rows, channels, height, width]`, as `torch.nn.BatchNorm2d`. */
export class BatchNorm2d extends BatchNorm {
  protected override readonly ranks: readonly number[] = [4];
}

/** Of `[rows, channels, depth, height, width]`, as `torch.nn.BatchNorm3d`. */
export class BatchNorm3d extends BatchNorm {
  protected override readonly ranks: readonly number[] = [5];
}

/** Of any of these, as `torch.nn.SyncBatchNorm` does in inference. */
export class SyncBatchNorm extends BatchNorm {
  protected override readonly ranks: readonly number[] = [2, 3, 4, 5];
}

/** Normalizes each channel of each row. */
abstract class InstanceNorm extends ChannelNorm {
  /** With the rows. */
  protected abstract readonly rank: number;

  constructor(numFeatures: number, options: ChannelNormOptions = {}) {
    super(numFeatures, { affine: false, trackRunningStats: false, ...options });
  }

  override forward(input: SymbolicTensor): SymbolicTensor {
    if (input.shape.length === this.rank - 1) return this.#normalized(input.unsqueeze(0)).squeeze(0);
    return this.#normalized(input);
  }

  #normalized(input: SymbolicTensor): SymbolicTensor {
    this.check(input, [this.rank]);
    const { weight, bias, running_mean, running_var, usesInput: use_input_stats, momentum, eps } = this;
    const statistics = { running_mean, running_var, use_input_stats };
    const args = { input, weight, bias, ...statistics, momentum, eps, cudnn_enabled: false };
    return input.call({ target: "aten.instance_norm.default", args, module: this });
  }
}

/** Of `[rows, channels, length]`, with or without rows, as `torch.nn.InstanceNorm1d`. */
export class InstanceNorm1d extends InstanceNorm {
  protected override readonly rank: number = 3;
}

/** Of `[rows, channels, height, width]`, with or without rows, as `torch.nn.InstanceNorm2d`. */
export class InstanceNorm2d extends InstanceNorm {
  protected override readonly rank: number = 4;
}

/** Of `[rows, channels, depth, height, width]`, with or without rows, as `torch.nn.InstanceNorm3d`. */
export class InstanceNorm3d extends InstanceNorm {
  protected override readonly rank: number = 5;
}

/** Normalizes groups of channels of each row, as `torch.nn.GroupNorm`. */
export class GroupNorm extends Module {
  readonly numGroups: number;
  readonly eps: number;
  readonly weight: Parameter | null;
  readonly bias: Parameter | null;

  constructor(
    numGroups: number,
    numChannels: number,
    { eps = 1e-5, affine = true }: { readonly eps?: number; readonly affine?: boolean } = {},
  ) {
    super();
    checkSizes({ numGroups, numChannels, "numChannels / numGroups": numChannels / numGroups });
    this.numGroups = numGroups;
    this.eps = eps;
    this.weight = affine ? new Parameter(filled([numChannels], 1)) : null;
    this.bias = affine ? new Parameter(filled([numChannels], 0)) : null;
  }

  override forward(input: SymbolicTensor): SymbolicTensor {
    const { numGroups: num_groups, weight, bias, eps } = this;
    const args = { input, num_groups, weight, bias, eps, cudnn_enabled: false };
    return input.call({ target: "aten.group_norm.default", args, module: this });
  }
}

export interface LayerNormOptions {
  readonly eps?: number;
  /** Whether each element has a weight and a bias. */
  readonly elementwiseAffine?: boolean;
  /** Whether there is a bias beside the weight. */
  readonly bias?: boolean;
}

/** Normalizes over the last axes, which have the sizes `normalizedShape`, as `torch.nn.LayerNorm`. */
export class LayerNorm extends Module {
  readonly normalizedShape: readonly number[];
  readonly eps: number;
  readonly weight: Parameter | null;
  readonly bias: Parameter | null;

  constructor(normalizedShape: number | readonly number[], options: LayerNormOptions = {}) {
    super();
    checkSizes({ normalizedShape });
    const { eps = 1e-5, elementwiseAffine = true, bias = true } = options;
    this.normalizedShape = [normalizedShape].flat();
    this.eps = eps;
    this.weight = elementwiseAffine ? new Parameter(filled(this.normalizedShape, 1)) : null;
    this.bias = elementwiseAffine && bias ? new Parameter(filled(this.normalizedShape, 0)) : null;
  }

  override forward(input: SymbolicTensor): SymbolicTensor {
    const { normalizedShape: normalized_shape, weight, bias, eps } = this;
    const args = { input, normalized_shape, weight, bias, eps, cudnn_enable: false };
    return input.call({ target: "aten.layer_norm.default", args, module: this });
  }
}

/** Divides by the root of the mean square over the last axes, as `torch.nn.RMSNorm`. */
export class RMSNorm extends Module {
  readonly normalizedShape: readonly number[];
  /** Null is the distance from 1 to the next number of the dtype. */
  readonly eps: number | null;
  readonly weight: Parameter | null;

  constructor(
    normalizedShape: number | readonly number[],
    { eps, elementwiseAffine = true }: { readonly eps?: number; readonly elementwiseAffine?: boolean } = {},
  ) {
    super();
    checkSizes({ normalizedShape });
    this.normalizedShape = [normalizedShape].flat();
    this.eps = eps ?? null;
    this.weight = elementwiseAffine ? new Parameter(filled(this.normalizedShape, 1)) : null;
  }

  override forward(input: SymbolicTensor): SymbolicTensor {
    const { normalizedShape: normalized_shape, weight, eps } = this;
    return input.call({
      target: "aten.rms_norm.default",
      args: { input, normalized_shape, weight, eps },
      module: this,
    });
  }
}

/** Divides by what the channels around have, as `torch.nn.LocalResponseNorm`. */
export class LocalResponseNorm extends Module {
  readonly size: number;
  readonly options: LocalResponseOptions;

  constructor(size: number, options: LocalResponseOptions = {}) {
    super();
    checkSizes({ size });
    this.size = size;
    this.options = options;
  }

  override forward(input: SymbolicTensor): SymbolicTensor {
    return localResponseNorm(input, this.size, this.options);
  }
}
