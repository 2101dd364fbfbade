import type { Dim, Tensor } from "../../core/index.ts";
import type { Buffer, Parameter } from "../parameter.ts";
import type { SymbolicTensor } from "../symbolic-tensor.ts";
import { ViewTensor } from "./view-tensor.ts";

/** From, to and step of a slice; null is the end of the axis. */
export type Range = readonly [start: Dim | null, end?: Dim | null, step?: number];

/** One item between the brackets of Python's `x[…]`: null is None, ":" a whole axis, "..." the axes that are left. */
export type Index = Dim | null | ":" | "..." | Range | SymbolicTensor | Buffer | Parameter | Tensor;

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
  return typeof index === "number" || (typeof index === "object" && index !== null && "op" in index);
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
  index(indices: readonly (SymbolicTensor | Buffer | Parameter | Tensor | null)[]): SymbolicTensor {
    return this.op("index.Tensor", { indices });
  }

  indexSelect(dim: number, index: SymbolicTensor | Buffer | Tensor): SymbolicTensor {
    return this.op("index_select.default", { dim, index });
  }

  gather(dim: number, index: SymbolicTensor | Buffer | Tensor): SymbolicTensor {
    return this.op("gather.default", { dim, index });
  }
}
