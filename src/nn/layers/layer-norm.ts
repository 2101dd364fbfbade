import { dimEquals } from "../../core/index.ts";
import { filled } from "../init.ts";
import { Module } from "../module.ts";
import { Parameter } from "../parameter.ts";
import { shapeError } from "../shape-error.ts";
import type { SymbolicTensor } from "../symbolic-tensor.ts";
import { checkSizes } from "./sizes.ts";

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
    const { normalizedShape, weight, bias, eps } = this;
    const last = input.shape.slice(-normalizedShape.length);
    const fits =
      last.length === normalizedShape.length && last.every((dim, i) => dimEquals(dim, normalizedShape[i] ?? 0));
    if (!fits) throw shapeError("LayerNorm", input.shape, `[…, ${normalizedShape.join(", ")}]`);
    const args = { input, normalized_shape: normalizedShape, weight, bias, eps, cudnn_enable: false };
    return input.call({
      target: "aten.layer_norm.default",
      args,
      shape: input.shape,
      dtype: input.dtype,
      module: this,
    });
  }
}
