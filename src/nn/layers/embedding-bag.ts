import { type BagOptions, embeddingBag } from "../functional/embedding-bag.ts";
import { normalRows } from "../init.ts";
import { Module } from "../module.ts";
import type { Parameter } from "../parameter.ts";
import type { SymbolicTensor } from "../symbolic-tensor.ts";
import { rowOf } from "./embedding.ts";
import { checkSizes } from "./sizes.ts";

export type EmbeddingBagOptions = BagOptions;

/** Sums, means or maxima of rows of a table, as `torch.nn.EmbeddingBag`. */
export class EmbeddingBag extends Module {
  readonly mode: "sum" | "mean" | "max";
  readonly paddingIdx: number | null;
  readonly includeLastOffset: boolean;
  readonly weight: Parameter;

  constructor(numEmbeddings: number, embeddingDim: number, options: EmbeddingBagOptions = {}) {
    super();
    checkSizes({ numEmbeddings, embeddingDim });
    const { mode = "mean", paddingIdx, includeLastOffset = false } = options;
    this.mode = mode;
    this.includeLastOffset = includeLastOffset;
    this.paddingIdx = paddingIdx === undefined ? null : rowOf(paddingIdx, numEmbeddings);
    this.weight = normalRows([numEmbeddings, embeddingDim], this.paddingIdx);
  }

  /**
   * Bags are the rows of `[bags, indices]`, or begin at the offsets in `[indices]`; the first offset is 0. Weights, one an
   * index, are for "sum".
   */
  override forward(
    input: SymbolicTensor,
    offsets: SymbolicTensor | null = null,
    perSampleWeights: SymbolicTensor | null = null,
  ): SymbolicTensor {
    const { weight, mode, paddingIdx, includeLastOffset } = this;
    const options = { mode, includeLastOffset, ...(paddingIdx !== null && { paddingIdx }) };
    return embeddingBag(input, weight, { ...options, offsets, perSampleWeights });
  }
}
