import type { SymbolicTensor } from "../symbolic-tensor.ts";
import { ElementwiseTensor } from "./elementwise-tensor.ts";
import type { Operand } from "./traced-tensor.ts";

export interface ReductionOptions {
  /** Keeps the reduced axes, with size 1. */
  readonly keepdim?: boolean;
}

/** One axis or several. */
export type Axes = number | readonly number[];

export interface VarianceOptions extends ReductionOptions {
  /** What is taken from the number of elements; 1 unless given. */
  readonly correction?: number;
}

/** What the summands are multiplied by; 1 unless given. */
export interface SumOptions {
  readonly beta?: number;
  readonly alpha?: number;
}

/** Elements with their places. */
export type WithIndices = readonly [values: SymbolicTensor, indices: SymbolicTensor];

function list(dim: Axes): readonly number[] {
  return typeof dim === "number" ? [dim] : dim;
}

/** Products of matrices, and what is computed along axes: over all of them unless told which. */
export abstract class ReducedTensor extends ElementwiseTensor {
  matmul(other: Operand): SymbolicTensor {
    return this.op("matmul.default", { other });
  }

  bmm(mat2: Operand): SymbolicTensor {
    return this.op("bmm.default", { mat2 });
  }

  mm(mat2: Operand): SymbolicTensor {
    return this.op("mm.default", { mat2 });
  }

  mv(vec: Operand): SymbolicTensor {
    return this.op("mv.default", { vec });
  }

  dot(tensor: Operand): SymbolicTensor {
    return this.op("dot.default", { tensor });
  }

  /** The product of vectors of three elements. */
  cross(other: Operand, dim = -1): SymbolicTensor {
    return this.op("linalg_cross.default", { other, dim });
  }

  /** `beta * this + alpha * mat1 @ mat2`. */
  addmm(mat1: Operand, mat2: Operand, { beta = 1, alpha = 1 }: SumOptions = {}): SymbolicTensor {
    return this.op("addmm.default", { mat1, mat2, beta, alpha });
  }

  /** `beta * this + alpha * batch1 @ batch2`, matrix by matrix. */
  baddbmm(batch1: Operand, batch2: Operand, { beta = 1, alpha = 1 }: SumOptions = {}): SymbolicTensor {
    return this.op("baddbmm.default", { batch1, batch2, beta, alpha });
  }

  softmax(dim: number): SymbolicTensor {
    return this.op("softmax.int", { dim });
  }

  logSoftmax(dim: number): SymbolicTensor {
    return this.op("log_softmax.int", { dim });
  }

  cumsum(dim: number): SymbolicTensor {
    return this.op("cumsum.default", { dim });
  }

  cumprod(dim: number): SymbolicTensor {
    return this.op("cumprod.default", { dim });
  }

  /** The greatest elements so far, and where they are. */
  cummax(dim: number): WithIndices {
    return this.ops("cummax.default", { dim }) as WithIndices;
  }

  /** Differences of neighbours. */
  diff(n = 1, dim = -1): SymbolicTensor {
    return this.op("diff.default", { n, dim });
  }

  sum(dim?: Axes, options: ReductionOptions = {}): SymbolicTensor {
    return this.#reduced("sum.default", "sum.dim_IntList", dim, options);
  }

  mean(dim?: Axes, options: ReductionOptions = {}): SymbolicTensor {
    return this.#reduced("mean.default", "mean.dim", dim, options);
  }

  prod(dim?: number, { keepdim = false }: ReductionOptions = {}): SymbolicTensor {
    return dim === undefined ? this.op("prod.default") : this.op("prod.dim_int", { dim, keepdim });
  }

  /** `log(sum(exp(this)))`. */
  logsumexp(dim: Axes, { keepdim = false }: ReductionOptions = {}): SymbolicTensor {
    return this.op("logsumexp.default", { dim: list(dim), keepdim });
  }

  countNonzero(dim?: Axes): SymbolicTensor {
    if (dim === undefined) return this.op("count_nonzero.default");
    return this.op("count_nonzero.dim_IntList", { dim: list(dim) });
  }

  amax(dim: Axes = [], options: ReductionOptions = {}): SymbolicTensor {
    return this.#reduced("amax.default", "amax.default", dim, options);
  }

  amin(dim: Axes = [], options: ReductionOptions = {}): SymbolicTensor {
    return this.#reduced("amin.default", "amin.default", dim, options);
  }

  std(dim?: Axes, options: VarianceOptions = {}): SymbolicTensor {
    return this.#varied("std.correction", dim, options);
  }

  /** The variance. */
  var(dim?: Axes, options: VarianceOptions = {}): SymbolicTensor {
    return this.#varied("var.correction", dim, options);
  }

  /** The 2-norm, or that of another order. */
  norm(dim?: Axes, { ord = 2, keepdim = false }: ReductionOptions & { readonly ord?: number } = {}): SymbolicTensor {
    return this.op("linalg_vector_norm.default", { ord, dim: dim === undefined ? null : list(dim), keepdim });
  }

  /** The greatest elements along an axis, and where they are. */
  max(dim: number, { keepdim = false }: ReductionOptions = {}): WithIndices {
    return this.ops("max.dim", { dim, keepdim }) as WithIndices;
  }

  /** The least elements along an axis, and where they are. */
  min(dim: number, { keepdim = false }: ReductionOptions = {}): WithIndices {
    return this.ops("min.dim", { dim, keepdim }) as WithIndices;
  }

  /** The middle elements along an axis, the lower of two, and where they are. */
  median(dim: number, { keepdim = false }: ReductionOptions = {}): WithIndices {
    return this.ops("median.dim", { dim, keepdim }) as WithIndices;
  }

  argmax(dim?: number, { keepdim = false }: ReductionOptions = {}): SymbolicTensor {
    return this.op("argmax.default", { dim: dim ?? null, keepdim });
  }

  argmin(dim?: number, { keepdim = false }: ReductionOptions = {}): SymbolicTensor {
    return this.op("argmin.default", { dim: dim ?? null, keepdim });
  }

  topk(k: number, dim = -1): WithIndices {
    return this.ops("topk.default", { k, dim }) as WithIndices;
  }

  sort(dim = -1, { descending = false }: { readonly descending?: boolean } = {}): WithIndices {
    return this.ops("sort.default", { dim, descending }) as WithIndices;
  }

  argsort(dim = -1, { descending = false }: { readonly descending?: boolean } = {}): SymbolicTensor {
    return this.op("argsort.default", { dim, descending });
  }

  all(dim?: number, { keepdim = false }: ReductionOptions = {}): SymbolicTensor {
    return dim === undefined ? this.op("all.default") : this.op("all.dim", { dim, keepdim });
  }

  any(dim?: number, { keepdim = false }: ReductionOptions = {}): SymbolicTensor {
    return dim === undefined ? this.op("any.default") : this.op("any.dim", { dim, keepdim });
  }

  #reduced(whole: string, along: string, dim: Axes | undefined, options: ReductionOptions): SymbolicTensor {
    if (dim === undefined) return this.op(whole);
    return this.op(along, { dim: list(dim), keepdim: options.keepdim ?? false });
  }

  #varied(target: string, dim: Axes | undefined, { correction = 1, keepdim = false }: VarianceOptions): SymbolicTensor {
    return this.op(target, { dim: dim === undefined ? null : list(dim), correction, keepdim });
  }
}
