import { RelayError } from "../../core/index.ts";
import { embedding } from "../functional/networks.ts";
import { arange, where, zeros } from "../functions.ts";
import { normal } from "../init.ts";
import { Module } from "../module.ts";
import type { Parameter } from "../parameter.ts";
import type { SymbolicTensor } from "../symbolic-tensor.ts";
import { rowOf } from "./embedding.ts";
import { checkSizes } from "./sizes.ts";

export interface EmbeddingBagOptions {
  /** "mean" unless given. */
  readonly mode?: "sum" | "mean" | "max";
  /** The row that counts for nothing in a bag, and starts as zeros; counted from the back when negative. */
  readonly paddingIdx?: number;
  /** Whether offsets end with the number of all indices. */
  readonly includeLastOffset?: boolean;
}

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
    this.weight = normal([numEmbeddings, embeddingDim]);
    if (this.paddingIdx === null) return;
    const start = this.paddingIdx * embeddingDim;
    (this.weight.data.data as Float32Array).fill(0, start, start + embeddingDim);
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
    if ((input.shape.length === 1) !== (offsets !== null)) {
      throw new RelayError("OPTION_INVALID", {
        option: "offsets",
        given: offsets === null ? "left out" : "beside rows of indices",
        legal: "given for indices on one axis, and for those alone",
      });
    }
    if (perSampleWeights && this.mode !== "sum") {
      throw new RelayError("OPTION_INVALID", {
        option: "perSampleWeights",
        given: "given",
        legal: 'for the mode "sum"',
      });
    }
    const rows = embedding(input, this.weight);
    const weighted = perSampleWeights ? rows.mul(perSampleWeights.unsqueeze(-1)) : rows;
    const counts = this.#counts(input);
    return offsets ? this.#segmented(weighted, counts, offsets) : this.#byRow(weighted, counts);
  }

  /** 1 where an index counts, as `[…, 1]`. */
  #counts(input: SymbolicTensor): SymbolicTensor {
    const counted = this.paddingIdx === null ? input.eq(input) : input.ne(this.paddingIdx);
    return counted.to(this.weight.dtype).unsqueeze(-1);
  }

  #byRow(rows: SymbolicTensor, counts: SymbolicTensor): SymbolicTensor {
    if (this.mode === "max") {
      const greatest = this.#least(rows, counts).amax(1);
      return nothingToZero(greatest, counts.sum(1));
    }
    return this.#meanOf(rows.maskedFill(counts.eq(0), 0).sum(1), counts.sum(1));
  }

  #segmented(rows: SymbolicTensor, counts: SymbolicTensor, offsets: SymbolicTensor): SymbolicTensor {
    const starts = this.includeLastOffset ? offsets.slice(0, 0, -1) : offsets;
    const places = arange(rows.size(0), { like: rows }).unsqueeze(-1);
    const bags = starts.long().unsqueeze(0).le(places).sum(-1).sub(1).unsqueeze(-1);
    const total = scattered(counts, bags, starts);
    if (this.mode === "max") {
      const isInBag = bags
        .t()
        .eq(arange(starts.size(0), { like: rows }).unsqueeze(-1))
        .unsqueeze(-1);
      const candidates = this.#least(rows, counts).unsqueeze(0);
      return nothingToZero(where(isInBag, candidates, Number.NEGATIVE_INFINITY).amax(1), total);
    }
    return this.#meanOf(scattered(rows.maskedFill(counts.eq(0), 0), bags, starts), total);
  }

  #least(rows: SymbolicTensor, counts: SymbolicTensor): SymbolicTensor {
    return rows.maskedFill(counts.eq(0), Number.NEGATIVE_INFINITY);
  }

  #meanOf(sum: SymbolicTensor, count: SymbolicTensor): SymbolicTensor {
    return this.mode === "sum" ? sum : sum.div(count.clamp({ min: 1 }));
  }
}

function nothingToZero(values: SymbolicTensor, counts: SymbolicTensor): SymbolicTensor {
  return values.maskedFill(counts.eq(0), 0);
}

/** The sums of rows by bag. */
function scattered(rows: SymbolicTensor, bags: SymbolicTensor, starts: SymbolicTensor): SymbolicTensor {
  const self = zeros([starts.size(0), rows.size(1)], { like: rows, dtype: rows.dtype });
  return self.call({
    target: "aten.scatter_add.default",
    args: { self, dim: 0, index: bags.expandAs(rows), src: rows },
  });
}
