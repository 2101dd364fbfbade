import type { Dim, Tensor } from "../../core/index.ts";
import type { Buffer, Parameter } from "../parameter.ts";
import type { SymbolicTensor } from "../symbolic-tensor.ts";
import { type Operand, TracedTensor } from "./traced-tensor.ts";
import { ViewTensor } from "./view-tensor.ts";

/** From, to and step of a slice; null is the end of the axis. */
export type Range = readonly [start: Dim | null, end?: Dim | null, step?: number];

/** One item between the brackets of Python's `x[…]`: null is None, ":" a whole axis, "..." the axes that are left. */
export type Index = Dim | null | ":" | "..." | Range | Held;

type Whole = Exclude<Index, "...">;

/** The index with "..." written out. */
function spelled(indices: readonly Index[], rank: number): readonly Whole[] {
  const at = indices.indexOf("...");
  if (at < 0) return indices as readonly Whole[];
  const used = indices.filter((index) => index !== null && index !== "...").length;
  const rest = Array<Whole>(Math.max(0, rank - used)).fill(":");
  return [...indices.slice(0, at), ...rest, ...indices.slice(at + 1)] as readonly Whole[];
}

function isRange(index: Whole): index is Range {
  return Array.isArray(index);
}

function isSize(index: Whole): index is Dim {
  if (index instanceof TracedTensor) return false;
  return typeof index === "number" || (typeof index === "object" && index !== null && "op" in index);
}

/** A tensor beside a symbolic one. */
type Held = SymbolicTensor | Buffer | Parameter | Tensor;

export interface PutOptions {
  /** Whether values are added rather than put. */
  readonly accumulate?: boolean;
}

/** What takes elements by their places. */
export abstract class IndexedTensor extends ViewTensor {
  /** Python's `x[…]`: `x.at(":", 0)` is `x[:, 0]`, `x.at("...", [1, null, 2])` is `x[..., 1::2]`. */
  at(...indices: readonly Index[]): SymbolicTensor {
    let result = this as unknown as SymbolicTensor;
    const places: (Whole | null)[] = [];
    for (const index of spelled(indices, this.shape.length)) {
      const dim = places.length;
      if (isSize(index)) {
        result = result.select(dim, index);
        continue;
      }
      if (index === null) result = result.unsqueeze(dim);
      else if (isRange(index)) result = result.slice(dim, ...index);
      places.push(index === null || index === ":" || isRange(index) ? null : index);
    }
    return places.every((place) => place === null)
      ? result
      : result.index(places as readonly (SymbolicTensor | null)[]);
  }

  /** Takes elements by tensors of places, one an axis; null takes a whole axis. */
  index(indices: readonly (Held | null)[]): SymbolicTensor {
    return this.op("index.Tensor", { indices });
  }

  indexSelect(dim: number, index: Held): SymbolicTensor {
    return this.op("index_select.default", { dim, index });
  }

  gather(dim: number, index: Held): SymbolicTensor {
    return this.op("gather.default", { dim, index });
  }

  takeAlongDim(indices: Held, dim: number): SymbolicTensor {
    return this.op("take_along_dim.default", { indices, dim });
  }

  /** The elements where `mask` holds: how many, only the data tell. */
  maskedSelect(mask: Operand): SymbolicTensor {
    return this.op("masked_select.default", { mask });
  }

  /** The places of what is not zero, one a row: how many, only the data tell. */
  nonzero(): SymbolicTensor {
    return this.op("nonzero.default");
  }

  /** Puts `src`, a tensor or a number, at places along an axis. */
  scatter(dim: number, index: Held, src: Held | number): SymbolicTensor {
    if (typeof src === "number") return this.op("scatter.value", { dim, index, value: src });
    return this.op("scatter.src", { dim, index, src });
  }

  scatterAdd(dim: number, index: Held, src: Held): SymbolicTensor {
    return this.op("scatter_add.default", { dim, index, src });
  }

  indexAdd(dim: number, index: Held, source: Held): SymbolicTensor {
    return this.op("index_add.default", { dim, index, source });
  }

  indexCopy(dim: number, index: Held, source: Held): SymbolicTensor {
    return this.op("index_copy.default", { dim, index, source });
  }

  indexFill(dim: number, index: Held, value: number): SymbolicTensor {
    return this.op("index_fill.int_Scalar", { dim, index, value });
  }

  /** Python's `x[indices] = values`, as a new tensor. */
  indexPut(indices: readonly (Held | null)[], values: Held, { accumulate = false }: PutOptions = {}): SymbolicTensor {
    return this.op("index_put.default", { indices, values, accumulate });
  }

  /** Python's `x[:, …, start:end:step] = src`, as a new tensor. */
  sliceScatter(src: Held, dim = 0, [start, end = null, step = 1]: Range = [null]): SymbolicTensor {
    return this.op("slice_scatter.default", { src, dim, start, end, step });
  }

  /** Python's `x[:, …, index] = src`, as a new tensor. */
  selectScatter(src: Held, dim: number, index: Dim): SymbolicTensor {
    return this.op("select_scatter.default", { src, dim, index });
  }
}
