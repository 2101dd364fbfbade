import { Tensor } from "../../core/index.ts";
import { filled } from "../init.ts";
import { Module } from "../module.ts";
import { Buffer, Parameter } from "../parameter.ts";
import { shapeError } from "../shape-error.ts";
import type { SymbolicTensor } from "../symbolic-tensor.ts";
import { imageOf } from "./image.ts";
import { checkSizes } from "./sizes.ts";

export interface BatchNorm2dOptions {
  readonly eps?: number;
  readonly momentum?: number;
  /** Whether each channel has a weight and a bias. */
  readonly affine?: boolean;
  /** Whether inference uses the statistics that training gathered, rather than those of the batch. */
  readonly trackRunningStats?: boolean;
}

/** Normalizes each channel of `[rows, channels, height, width]`, as `torch.nn.BatchNorm2d`. Fields are named as in the state dict. */
export class BatchNorm2d extends Module {
  readonly numFeatures: number;
  readonly eps: number;
  readonly momentum: number;
  readonly weight: Parameter | null;
  readonly bias: Parameter | null;
  readonly running_mean: Buffer | null;
  readonly running_var: Buffer | null;
  readonly num_batches_tracked: Buffer | null;

  constructor(numFeatures: number, options: BatchNorm2dOptions = {}) {
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

  override forward(input: SymbolicTensor): SymbolicTensor {
    if (input.shape.length !== 4) throw shapeError("BatchNorm2d", input.shape, "[rows, channels, height, width]");
    imageOf(input, "BatchNorm2d", this.numFeatures);
    const { weight, bias, running_mean, running_var, momentum, eps } = this;
    const training = this.training || running_mean === null;
    const args = { input, weight, bias, running_mean, running_var, training, momentum, eps, cudnn_enabled: false };
    return input.call({
      target: "aten.batch_norm.default",
      args,
      shape: input.shape,
      dtype: input.dtype,
      module: this,
    });
  }
}
