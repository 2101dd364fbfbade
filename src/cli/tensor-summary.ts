import type { Tensor } from "../core/index.ts";
import { type Element, elements } from "./elements.ts";

/** What a tensor's numbers are like. NaNs are counted and otherwise left out; truth values count as 0 and 1. */
export interface TensorSummary {
  /** Exact for integers. */
  readonly min: number | bigint;
  readonly max: number | bigint;
  readonly mean: number;
  readonly nans: number;
}

function numberOf(element: Element): number | bigint | undefined {
  if (typeof element === "boolean") return Number(element);
  return typeof element === "object" || Number.isNaN(element) ? undefined : element;
}

/** Undefined where there is no number: for complex, empty and all-NaN tensors. */
export function summarize(tensor: Tensor): TensorSummary | undefined {
  let min: number | bigint = Number.POSITIVE_INFINITY;
  let max: number | bigint = Number.NEGATIVE_INFINITY;
  let [sum, count, nans] = [0, 0, 0];
  for (const element of elements(tensor)) {
    const value = numberOf(element);
    if (value === undefined) {
      nans++;
      continue;
    }
    if (value < min) min = value;
    if (value > max) max = value;
    sum += Number(value);
    count++;
  }
  return count === 0 ? undefined : { min, max, mean: sum / count, nans };
}
