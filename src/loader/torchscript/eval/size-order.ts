import { type Dim, dimEquals, type SymbolRange } from "../../../core/index.ts";
import { minus } from "../../../graph/index.ts";

export type Ranges = (symbol: string) => SymbolRange | undefined;

type Bounds = readonly [low: number, high: number];

const ANY: Bounds = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];

function product([a, b]: Bounds, [c, d]: Bounds): Bounds {
  const corners = [a * c, a * d, b * c, b * d].map((value) => (Number.isNaN(value) ? 0 : value));
  return [Math.min(...corners), Math.max(...corners)];
}

const RULES: Readonly<Record<string, (a: Bounds, b: Bounds) => Bounds>> = {
  add: (a, b) => [a[0] + b[0], a[1] + b[1]],
  mul: product,
  min: (a, b) => [Math.min(a[0], b[0]), Math.min(a[1], b[1])],
  max: (a, b) => [Math.max(a[0], b[0]), Math.max(a[1], b[1])],
  floordiv: (a, b) => {
    if (b[0] <= 0) return ANY;
    const [low, high] = product(a, [1 / b[1], 1 / b[0]]);
    return [Math.floor(low), Math.floor(high)];
  },
  mod: (_, b) => (b[0] > 0 ? [0, b[1] - 1] : ANY),
};

function boundsOf(dim: Dim, ranges: Ranges): Bounds {
  if (typeof dim === "number") return [dim, dim];
  if (dim.op === "opaque") return ANY;
  if (dim.op !== "symbol") return dim.args.map((arg) => boundsOf(arg, ranges)).reduce(RULES[dim.op] ?? (() => ANY));
  const range = ranges(dim.name);
  return range ? [range.min, range.max] : [0, Number.POSITIVE_INFINITY];
}

const DECISIONS: Readonly<Record<string, (low: number, high: number) => boolean | undefined>> = {
  lt: (low, high) => (high < 0 ? true : low >= 0 ? false : undefined),
  le: (low, high) => (high <= 0 ? true : low > 0 ? false : undefined),
  gt: (low, high) => (low > 0 ? true : high <= 0 ? false : undefined),
  ge: (low, high) => (low >= 0 ? true : high < 0 ? false : undefined),
  eq: (low, high) => (low === 0 && high === 0 ? true : low > 0 || high < 0 ? false : undefined),
  ne: (low, high) => (low === 0 && high === 0 ? false : low > 0 || high < 0 ? true : undefined),
};

/** How two sizes compare whatever their symbols stand for; undefined when that depends on them. */
export function compareSizes(comparison: string, a: Dim, b: Dim, ranges: Ranges): boolean | undefined {
  const [low, high] = boundsOf(minus(a, b), ranges);
  return DECISIONS[comparison]?.(low, high);
}

interface CutSize {
  readonly symbol: string;
  readonly most: number;
}

/**
 * The bound of a symbol whose size is that of what was cut to it, as `table[:length]` is cut: `min(64, length)` equals
 * `length` up to 64 alone. undefined for other sizes.
 */
export function cutSize(cut: Dim, size: Dim): CutSize | undefined {
  if (typeof cut === "number" || cut.op !== "min" || typeof size === "number" || size.op !== "symbol") return undefined;
  const most = cut.args.find((arg) => typeof arg === "number");
  const isOf = cut.args.length === 2 && cut.args.some((arg) => dimEquals(arg, size));
  return isOf && most !== undefined && most > 1 ? { symbol: size.name, most } : undefined;
}

/** The least that a size may be. */
export function leastOf(dim: Dim, ranges: Ranges): number {
  return boundsOf(dim, ranges)[0];
}
