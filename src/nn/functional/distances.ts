import type { SymbolicTensor } from "../symbolic-tensor.ts";

export interface CosineOptions {
  readonly dim?: number;
  /** The least that the product of the norms counts as. */
  readonly eps?: number;
}

/** The cosine of the angle between vectors along an axis. */
export function cosineSimilarity(
  x1: SymbolicTensor,
  x2: SymbolicTensor,
  { dim = 1, eps = 1e-8 }: CosineOptions = {},
): SymbolicTensor {
  return x1.call({ target: "aten.cosine_similarity.default", args: { x1, x2, dim, eps } });
}

export interface DistanceOptions {
  readonly p?: number;
  /** Added to every difference. */
  readonly eps?: number;
  readonly keepdim?: boolean;
}

/** The distance between vectors along the last axis, by the p-norm. */
export function pairwiseDistance(
  x1: SymbolicTensor,
  x2: SymbolicTensor,
  { p = 2, eps = 1e-6, keepdim = false }: DistanceOptions = {},
): SymbolicTensor {
  return x1.call({ target: "aten.pairwise_distance.default", args: { x1, x2, p, eps, keepdim } });
}

/** The distances of every two rows, by the p-norm. */
export function pdist(self: SymbolicTensor, p = 2): SymbolicTensor {
  return self.call({ target: "aten.pdist.default", args: { self, p } });
}
