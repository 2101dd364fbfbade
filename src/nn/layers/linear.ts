import { dimEquals } from "../../core/index.ts";
import { fanInBias, kaimingUniform } from "../init.ts";
import { Module } from "../module.ts";
import type { Parameter } from "../parameter.ts";
import { shapeError } from "../shape-error.ts";
import type { SymbolicTensor } from "../symbolic-tensor.ts";
import { checkSizes } from "./sizes.ts";

export interface LinearOptions {
  readonly bias?: boolean;
}

/** `[…, inFeatures]` to `[…, outFeatures]`: `x @ weight.T + bias`, as `torch.nn.Linear`. */
export class Linear extends Module {
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly weight: Parameter;
  readonly bias: Parameter | null;

  constructor(inFeatures: number, outFeatures: number, options: LinearOptions = {}) {
    super();
    checkSizes({ inFeatures, outFeatures });
    this.inFeatures = inFeatures;
    this.outFeatures = outFeatures;
    this.weight = kaimingUniform([outFeatures, inFeatures], inFeatures);
    this.bias = (options.bias ?? true) ? fanInBias(outFeatures, inFeatures) : null;
  }

  override forward(input: SymbolicTensor): SymbolicTensor {
    const { weight, bias } = this;
    const features = input.shape.at(-1);
    if (features === undefined || !dimEquals(features, this.inFeatures)) {
      throw shapeError("Linear", input.shape, `[…, ${this.inFeatures}]`);
    }
    const shape = [...input.shape.slice(0, -1), this.outFeatures];
    return input.call({
      target: "aten.linear.default",
      args: { input, weight, bias },
      shape,
      dtype: input.dtype,
      module: this,
    });
  }
}
