import {
  type CosineOptions,
  cosineSimilarity,
  type DistanceOptions,
  pairwiseDistance,
} from "../functional/distances.ts";
import { bilinear } from "../functional/networks.ts";
import { symmetric } from "../init.ts";
import { Module } from "../module.ts";
import type { Parameter } from "../parameter.ts";
import type { SymbolicTensor } from "../symbolic-tensor.ts";
import type { LinearOptions } from "./linear.ts";
import { checkSizes } from "./sizes.ts";

/** The cosine of the angle between vectors, as `torch.nn.CosineSimilarity`. */
export class CosineSimilarity extends Module {
  readonly options: CosineOptions;

  constructor(options: CosineOptions = {}) {
    super();
    this.options = options;
  }

  override forward(x1: SymbolicTensor, x2: SymbolicTensor): SymbolicTensor {
    return cosineSimilarity(x1, x2, this.options);
  }
}

/** The distance between vectors, as `torch.nn.PairwiseDistance`. */
export class PairwiseDistance extends Module {
  readonly options: DistanceOptions;

  constructor(options: DistanceOptions = {}) {
    super();
    this.options = options;
  }

  override forward(x1: SymbolicTensor, x2: SymbolicTensor): SymbolicTensor {
    return pairwiseDistance(x1, x2, this.options);
  }
}

/** `x1 @ weight[k] @ x2 + bias[k]` for each output feature k, as `torch.nn.Bilinear`. */
export class Bilinear extends Module {
  weight: Parameter;
  bias: Parameter | null;

  constructor(in1Features: number, in2Features: number, outFeatures: number, { bias = true }: LinearOptions = {}) {
    super();
    checkSizes({ in1Features, in2Features, outFeatures });
    const bound = 1 / Math.sqrt(in1Features);
    this.weight = symmetric([outFeatures, in1Features, in2Features], bound);
    this.bias = bias ? symmetric([outFeatures], bound) : null;
  }

  override forward(x1: SymbolicTensor, x2: SymbolicTensor): SymbolicTensor {
    return bilinear(x1, x2, this.weight, this.bias);
  }
}
