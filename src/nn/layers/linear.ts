import { fanInBias, kaimingUniform } from "../init.ts";
import { Module } from "../module.ts";
import type { Parameter } from "../parameter.ts";
import type { SymbolicTensor } from "../symbolic-tensor.ts";
import { checkSizes } from "./sizes.ts";

export interface LinearOptions {
  readonly bias?: boolean;
}

/** `[…, inFeatures]` to `[…, outFeatures]`: `x @ weight.T + bias`, as `torch.nn.Linear`. */
export class Linear extends Module {
  readonly inFeatures: number;
  readonly outFeatures: number;
  weight: Parameter;
  bias: Parameter | null;

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
    return input.call({ target: "aten.linear.default", args: { input, weight, bias }, module: this });
  }
}
