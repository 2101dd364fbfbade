import type { Dim } from "../../core/index.ts";
import { required } from "../../util/index.ts";
import type { SymbolicTensor } from "../symbolic-tensor.ts";
import { type Axes, ReducedTensor } from "./reduced-tensor.ts";

/** Other shapes of the same elements, and parts of them. Sizes may be those of other tensors: `x.view(y.size(0), -1)`. */
export abstract class ViewTensor extends ReducedTensor {
  /** The number of axes. */
  get ndim(): number {
    return this.shape.length;
  }

  size(dim: number): Dim {
    const axis = dim < 0 ? dim + this.shape.length : dim;
    return required(this.shape[axis], `axis ${dim} of a tensor with ${this.shape.length} axes`);
  }

  /** One of the sizes may be -1: what the others leave. */
  view(...size: readonly Dim[]): SymbolicTensor {
    return this.op("view.default", { size });
  }

  /** One of the sizes may be -1: what the others leave. */
  reshape(...shape: readonly Dim[]): SymbolicTensor {
    return this.op("reshape.default", { shape });
  }

  flatten(startDim = 0, endDim = -1): SymbolicTensor {
    return this.op("flatten.using_ints", { start_dim: startDim, end_dim: endDim });
  }

  unflatten(dim: number, sizes: readonly Dim[]): SymbolicTensor {
    return this.op("unflatten.int", { dim, sizes });
  }

  unsqueeze(dim: number): SymbolicTensor {
    return this.op("unsqueeze.default", { dim });
  }

  /** Drops axis `dim`, or several, where its size is 1; without `dim`, all such. */
  squeeze(dim?: Axes): SymbolicTensor {
    if (dim === undefined) return this.op("squeeze.default");
    return typeof dim === "number" ? this.op("squeeze.dim", { dim }) : this.op("squeeze.dims", { dim });
  }

  permute(...dims: readonly number[]): SymbolicTensor {
    return this.op("permute.default", { dims });
  }

  transpose(dim0: number, dim1: number): SymbolicTensor {
    return this.op("transpose.int", { dim0, dim1 });
  }

  /** The transpose of a matrix. */
  t(): SymbolicTensor {
    return this.op("t.default");
  }

  /** The transpose of matrices. */
  get mT(): SymbolicTensor {
    return this.transpose(-2, -1);
  }

  movedim(source: number, destination: number): SymbolicTensor {
    return this.op("movedim.int", { source, destination });
  }

  contiguous(): SymbolicTensor {
    return this.op("contiguous.default");
  }

  /** Axes of size 1 repeated without a copy; -1 leaves a size. */
  expand(...size: readonly Dim[]): SymbolicTensor {
    return this.op("expand.default", { size });
  }

  expandAs(other: SymbolicTensor): SymbolicTensor {
    return this.op("expand_as.default", { other });
  }

  viewAs(other: SymbolicTensor): SymbolicTensor {
    return this.view(...other.shape);
  }

  reshapeAs(other: SymbolicTensor): SymbolicTensor {
    return this.reshape(...other.shape);
  }

  broadcastTo(...size: readonly Dim[]): SymbolicTensor {
    return this.op("broadcast_to.default", { size });
  }

  repeat(...repeats: readonly Dim[]): SymbolicTensor {
    return this.op("repeat.default", { repeats });
  }

  tile(...dims: readonly Dim[]): SymbolicTensor {
    return this.op("tile.default", { dims });
  }

  repeatInterleave(repeats: number, dim: number): SymbolicTensor {
    return this.op("repeat_interleave.self_int", { repeats, dim });
  }

  flip(...dims: readonly number[]): SymbolicTensor {
    return this.op("flip.default", { dims });
  }

  roll(shifts: number | readonly number[], dims: number | readonly number[]): SymbolicTensor {
    return this.op("roll.default", { shifts: [shifts].flat(), dims: [dims].flat() });
  }

  rot90(k = 1, dims: readonly [number, number] = [0, 1]): SymbolicTensor {
    return this.op("rot90.default", { k, dims });
  }

  diagonal(offset = 0, dim1 = 0, dim2 = 1): SymbolicTensor {
    return this.op("diagonal.default", { offset, dim1, dim2 });
  }

  /** Matrices of which this is the diagonal. */
  diagEmbed(offset = 0): SymbolicTensor {
    return this.op("diag_embed.default", { offset });
  }

  /** The windows of an axis, as a last axis. */
  unfold(dimension: number, size: number, step: number): SymbolicTensor {
    return this.op("unfold.default", { dimension, size, step });
  }

  /** The lower triangle of matrices, zeros above it. */
  tril(diagonal = 0): SymbolicTensor {
    return this.op("tril.default", { diagonal });
  }

  /** The upper triangle of matrices, zeros below it. */
  triu(diagonal = 0): SymbolicTensor {
    return this.op("triu.default", { diagonal });
  }

  /** Takes place `index` of axis `dim`, which goes. */
  select(dim: number, index: Dim): SymbolicTensor {
    return this.op("select.int", { dim, index });
  }

  narrow(dim: number, start: Dim, length: Dim): SymbolicTensor {
    return this.op("narrow.default", { dim, start, length });
  }

  /** Places `start` to `end` of axis `dim`; null is the end of the axis. */
  slice(dim: number, start: Dim | null = null, end: Dim | null = null, step = 1): SymbolicTensor {
    return this.op("slice.Tensor", { dim, start, end, step });
  }

  /** `chunks` parts of equal size, but for the last. */
  chunk(chunks: number, dim = 0): readonly SymbolicTensor[] {
    return this.ops("chunk.default", { chunks, dim });
  }

  /** Parts of one size, or of several. */
  split(size: number | readonly Dim[], dim = 0): readonly SymbolicTensor[] {
    if (typeof size === "number") return this.ops("split.Tensor", { split_size: size, dim });
    return this.ops("split_with_sizes.default", { split_sizes: size, dim });
  }

  /** So many parts whose sizes differ by at most one, or parts that end at the given places. */
  tensorSplit(parts: number | readonly Dim[], dim = 0): readonly SymbolicTensor[] {
    if (typeof parts === "number") return this.ops("tensor_split.sections", { sections: parts, dim });
    return this.ops("tensor_split.indices", { indices: parts, dim });
  }

  /** The parts along axis `dim`, which goes. */
  unbind(dim = 0): readonly SymbolicTensor[] {
    return this.ops("unbind.int", { dim });
  }
}
