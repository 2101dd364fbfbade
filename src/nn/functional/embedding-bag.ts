import { RelayError } from "../../core/index.ts";
import { arange, where, zeros } from "../functions.ts";
import { rowOf } from "../layers/embedding.ts";
import type { SymbolicTensor } from "../symbolic-tensor.ts";
import { embedding, type Weight } from "./networks.ts";

export interface BagOptions {
  /** "mean" unless given. */
  readonly mode?: "sum" | "mean" | "max";
  /** The row that counts for nothing in a bag, and starts as zeros; counted from the back when negative. */
  readonly paddingIdx?: number;
  /** Whether offsets end with the number of all indices. */
  readonly includeLastOffset?: boolean;
}

export interface EmbeddingBagArguments extends BagOptions {
  /** Where the bags begin in `[indices]`; the first one is 0. */
  readonly offsets?: SymbolicTensor | null;
  /** One an index, for "sum". */
  readonly perSampleWeights?: SymbolicTensor | null;
}

/** The rows of indices, and 1 where an index counts, as `[…, 1]`. */
interface Rows {
  readonly values: SymbolicTensor;
  readonly counts: SymbolicTensor;
}

type Mode = "sum" | "mean" | "max";

function check(input: SymbolicTensor, { mode, offsets, perSampleWeights }: EmbeddingBagArguments): void {
  const hasOffsets = offsets !== null && offsets !== undefined;
  if ((input.shape.length === 1) !== hasOffsets) {
    const given = hasOffsets ? "beside rows of indices" : "left out";
    const legal = "given for indices on one axis, and for those alone";
    throw new RelayError("OPTION_INVALID", { option: "offsets", given, legal });
  }
  if (perSampleWeights && mode !== "sum") {
    const legal = 'for the mode "sum"';
    throw new RelayError("OPTION_INVALID", { option: "perSampleWeights", given: "given", legal });
  }
}

function least({ values, counts }: Rows): SymbolicTensor {
  return values.maskedFill(counts.eq(0), Number.NEGATIVE_INFINITY);
}

function counted({ values, counts }: Rows): SymbolicTensor {
  return values.maskedFill(counts.eq(0), 0);
}

function nothingToZero(values: SymbolicTensor, counts: SymbolicTensor): SymbolicTensor {
  return values.maskedFill(counts.eq(0), 0);
}

function meanOf(sum: SymbolicTensor, count: SymbolicTensor, mode: Mode): SymbolicTensor {
  return mode === "sum" ? sum : sum.div(count.clamp({ min: 1 }));
}

function byRow(rows: Rows, mode: Mode): SymbolicTensor {
  const total = rows.counts.sum(1);
  if (mode === "max") return nothingToZero(least(rows).amax(1), total);
  return meanOf(counted(rows).sum(1), total, mode);
}

/** The sums of rows by bag. */
function scattered(rows: SymbolicTensor, bags: SymbolicTensor, starts: SymbolicTensor): SymbolicTensor {
  const sums = zeros([starts.size(0), rows.size(1)], { like: rows, dtype: rows.dtype });
  return sums.scatterAdd(0, bags.expandAs(rows), rows);
}

function segmented(rows: Rows, starts: SymbolicTensor, mode: Mode): SymbolicTensor {
  const { values, counts } = rows;
  const places = arange(values.size(0), { like: values }).unsqueeze(-1);
  const bags = starts.long().unsqueeze(0).le(places).sum(-1).sub(1).unsqueeze(-1);
  const total = scattered(counts, bags, starts);
  if (mode !== "max") return meanOf(scattered(counted(rows), bags, starts), total, mode);
  const numbers = arange(starts.size(0), { like: values }).unsqueeze(-1);
  const isInBag = bags.t().eq(numbers).unsqueeze(-1);
  return nothingToZero(where(isInBag, least(rows).unsqueeze(0), Number.NEGATIVE_INFINITY).amax(1), total);
}

/** Sums, means or maxima of rows of a table: of each row of `[bags, indices]`, or of the parts of `[indices]`. */
export function embeddingBag(
  input: SymbolicTensor,
  weight: Weight,
  options: EmbeddingBagArguments = {},
): SymbolicTensor {
  check(input, options);
  const { mode = "mean", paddingIdx, includeLastOffset = false, offsets, perSampleWeights } = options;
  const rows = embedding(input, weight);
  const padding = paddingIdx === undefined ? undefined : rowOf(paddingIdx, Number(weight.shape[0]));
  const isCounted = padding === undefined ? input.eq(input) : input.ne(padding);
  const values = perSampleWeights ? rows.mul(perSampleWeights.unsqueeze(-1)) : rows;
  const all = { values, counts: isCounted.to(weight.dtype).unsqueeze(-1) };
  if (!offsets) return byRow(all, mode);
  return segmented(all, includeLastOffset ? offsets.slice(0, 0, -1) : offsets, mode);
}
