import { type Dim, formatShape, symbolsOf } from "./dim.ts";
import type { DType } from "./dtype.ts";

/** One input or output of a model. */
export interface TensorSpec {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly Dim[];
}

/** The legal values of a symbolic dimension; `max` is Infinity when the file sets no bound. */
export interface SymbolRange {
  readonly min: number;
  readonly max: number;
}

/** What a model takes and gives. Plain data: it crosses threads and is printed by `inspect`. */
export interface Signature {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  readonly symbols: Readonly<Record<string, SymbolRange>>;
  /**
   * The symbol on axis 0 of every input and every output whose rows do not influence each other, so that requests may
   * share a run; undefined when there is none.
   */
  readonly batchSymbol?: string;
  /** Whether the values of the inputs may decide how long a run takes: then no run tells how long the next one will. */
  readonly hasLoops?: boolean;
}

/** `[batch, 3, 224, 224] with batch from 1 to 64`. */
export function describeShape(shape: readonly Dim[], symbols: Readonly<Record<string, SymbolRange>>): string {
  const names = [...new Set(shape.flatMap(symbolsOf))];
  const ranges = names.map((name) => `${name} ${describeRange(symbols[name])}`);
  return formatShape(shape) + (ranges.length > 0 ? ` with ${ranges.join(", ")}` : "");
}

function describeRange(range: SymbolRange | undefined): string {
  const { min = 0, max = Number.POSITIVE_INFINITY } = range ?? {};
  return max === Number.POSITIVE_INFINITY ? `≥ ${min}` : `from ${min} to ${max}`;
}
