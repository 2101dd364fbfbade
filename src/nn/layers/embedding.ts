import { RelayError } from "../../core/index.ts";
import { normalRows } from "../init.ts";
import { Module } from "../module.ts";
import type { Parameter } from "../parameter.ts";
import type { SymbolicTensor } from "../symbolic-tensor.ts";
import { checkSizes } from "./sizes.ts";

export interface EmbeddingOptions {
  /** The row that starts as zeros; counted from the back when negative. */
  readonly paddingIdx?: number;
}

/** A row of a table, counted from the back when negative. @throws RelayError OPTION_INVALID */
export function rowOf(index: number, rows: number): number {
  const row = index < 0 ? index + rows : index;
  if (Number.isInteger(row) && row >= 0 && row < rows) return row;
  throw new RelayError("OPTION_INVALID", { option: "paddingIdx", given: index, legal: `a row of ${rows}` });
}

/** Takes rows of a table of `numEmbeddings` by integer indices: `[…]` to `[…, embeddingDim]`, as `torch.nn.Embedding`. */
export class Embedding extends Module {
  readonly numEmbeddings: number;
  readonly embeddingDim: number;
  readonly paddingIdx: number | null;
  weight: Parameter;

  constructor(numEmbeddings: number, embeddingDim: number, options: EmbeddingOptions = {}) {
    super();
    checkSizes({ numEmbeddings, embeddingDim });
    const { paddingIdx } = options;
    this.numEmbeddings = numEmbeddings;
    this.embeddingDim = embeddingDim;
    this.paddingIdx = paddingIdx === undefined ? null : rowOf(paddingIdx, numEmbeddings);
    this.weight = normalRows([numEmbeddings, embeddingDim], this.paddingIdx);
  }

  override forward(indices: SymbolicTensor): SymbolicTensor {
    if (indices.dtype !== "int64" && indices.dtype !== "int32") {
      throw new RelayError("INPUT_DTYPE", { name: "of Embedding", given: indices.dtype, legal: "int64 or int32" });
    }
    const { weight, paddingIdx } = this;
    const args = { weight, indices, padding_idx: paddingIdx ?? -1 };
    return indices.call({ target: "aten.embedding.default", args, module: this });
  }
}
