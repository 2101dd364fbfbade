import { type Dim, formatDim } from "../../core/index.ts";
import { ONE, over, type Product, productOf, sameProduct, times } from "./product.ts";

/**
 * Where the rows of a batch lie in a tensor: axis `axis` has extent `outer * rows * inner`, with the row number
 * running between what is outside and what is inside it, and what belongs to a row follows from that row alone.
 */
export interface Rows {
  readonly axis: number;
  readonly outer: Product;
  readonly inner: Product;
  /** Whether the elements are the row numbers themselves, which may only be used to take rows by their number. */
  readonly areNumbers: boolean;
}

export function plainRows(axis: number, inner: Product = ONE): Rows {
  return { axis, outer: ONE, inner, areNumbers: false };
}

/** Whether one row is one step along the axis. */
export function isSingle({ outer, inner }: Rows): boolean {
  return sameProduct(outer, ONE) && sameProduct(inner, ONE);
}

/** Whether two axes hold the rows in the same order. */
export function sameGrain(a: Rows, b: Rows): boolean {
  return sameProduct(a.outer, b.outer) && sameProduct(a.inner, b.inner);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** Whether a dimension depends on `symbol`, however it is written. */
export function mentions(dim: Dim, symbol: string): boolean {
  return typeof dim !== "number" && new RegExp(`\\b${escaped(symbol)}\\b`).test(formatDim(dim));
}

/** `c` when `dim` is `c * symbol`, else undefined. */
export function cofactor(dim: Dim, symbol: string): Product | undefined {
  const quotient = over(productOf([dim]), { factor: 1, atoms: [symbol] });
  const isLinear =
    quotient !== undefined && !quotient.atoms.some((atom) => mentions({ op: "opaque", text: atom }, symbol));
  return isLinear ? quotient : undefined;
}

/** The only axis whose extent depends on `symbol`. */
export function axisOf(shape: readonly Dim[], symbol: string): number | undefined {
  const axes = shape.flatMap((dim, axis) => (mentions(dim, symbol) ? [axis] : []));
  return axes.length === 1 ? axes[0] : undefined;
}

/** Whether `shape` has these rows and depends on `symbol` nowhere else. */
export function fits(rows: Rows, shape: readonly Dim[], symbol: string): boolean {
  const dim = shape[rows.axis];
  const found = dim === undefined || axisOf(shape, symbol) !== rows.axis ? undefined : cofactor(dim, symbol);
  return found !== undefined && sameProduct(found, times(rows.outer, rows.inner));
}

/** Where the rows are after the elements, in row-major order, are grouped into another shape. */
export function regrouped(rows: Rows, from: readonly Dim[], to: readonly Dim[], symbol: string): Rows | undefined {
  const axis = axisOf(to, symbol);
  if (axis === undefined) return undefined;
  const before = times(productOf(from.slice(0, rows.axis)), rows.outer);
  const after = times(rows.inner, productOf(from.slice(rows.axis + 1)));
  const outer = over(before, productOf(to.slice(0, axis)));
  const inner = over(after, productOf(to.slice(axis + 1)));
  return outer && inner && { ...rows, axis, outer, inner };
}
