import { type Dim, type DimFunction, dimExpression, formatDim, type SymbolicDim } from "../../core/index.ts";

/** A product of what is neither a sum nor a number, with its coefficient. */
interface Term {
  readonly coefficient: number;
  readonly factors: readonly SymbolicDim[];
}

/** Products of longer sums stay products. */
const MAX_TERMS = 32;

function product(a: readonly Term[], b: readonly Term[]): readonly Term[] {
  return a.flatMap((left) =>
    b.map((right) => ({
      coefficient: left.coefficient * right.coefficient,
      factors: [...left.factors, ...right.factors],
    })),
  );
}

function termsOf(dim: Dim): readonly Term[] {
  if (typeof dim === "number") return dim === 0 ? [] : [{ coefficient: dim, factors: [] }];
  if (dim.op === "add") return dim.args.flatMap(termsOf);
  if (dim.op !== "mul") return [{ coefficient: 1, factors: [dim] }];
  const parts = dim.args.map(termsOf);
  const count = parts.reduce((total, { length }) => total * length, 1);
  return count <= MAX_TERMS ? parts.reduce(product) : [{ coefficient: 1, factors: [dim] }];
}

function keyOf({ factors }: Term): string {
  return factors.map(formatDim).sort().join("*");
}

/** Like terms added up. */
function collect(terms: readonly Term[]): readonly Term[] {
  const sums = new Map<string, Term>();
  for (const term of terms) {
    const key = keyOf(term);
    const coefficient = term.coefficient + (sums.get(key)?.coefficient ?? 0);
    sums.set(key, { coefficient, factors: term.factors });
  }
  return [...sums.values()].filter(({ coefficient }) => coefficient !== 0);
}

function toDim(terms: readonly Term[]): Dim {
  const products = terms.map(({ coefficient, factors }) => dimExpression("mul", coefficient, ...factors));
  return dimExpression("add", 0, ...products);
}

export function plus(...dims: readonly Dim[]): Dim {
  return toDim(collect(dims.flatMap(termsOf)));
}

export function times(...dims: readonly Dim[]): Dim {
  return toDim(collect(termsOf(dimExpression("mul", 1, ...dims))));
}

export function minus(a: Dim, b: Dim): Dim {
  return plus(a, times(-1, b));
}

/** Whether two sizes are the same whatever the symbols stand for. */
export function sameDim(a: Dim, b: Dim): boolean {
  return a === b || minus(a, b) === 0;
}

type Bounds = readonly [low: number, high: number];

const ANY: Bounds = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];

function corners([a, b]: Bounds, [c, d]: Bounds): Bounds {
  const products = [a * c, a * d, b * c, b * d].map((value) => (Number.isNaN(value) ? 0 : value));
  return [Math.min(...products), Math.max(...products)];
}

const BOUNDS: Readonly<Record<DimFunction, (a: Bounds, b: Bounds) => Bounds>> = {
  add: (a, b) => [a[0] + b[0], a[1] + b[1]],
  mul: corners,
  min: (a, b) => [Math.min(a[0], b[0]), Math.min(a[1], b[1])],
  max: (a, b) => [Math.max(a[0], b[0]), Math.max(a[1], b[1])],
  floordiv: (a, b) => (b[0] > 0 ? corners(a, [1 / b[1], 1 / b[0]]).map(Math.floor) : ANY) as Bounds,
  mod: (_, b) => (b[0] > 0 ? [0, b[1] - 1] : ANY),
};

/** Between what a value lies. Symbols stand for sizes, which are never negative. */
function boundsOf(dim: Dim): Bounds {
  if (typeof dim === "number") return [dim, dim];
  if (dim.op === "symbol") return [0, Number.POSITIVE_INFINITY];
  return dim.op === "opaque" ? ANY : dim.args.map(boundsOf).reduce(BOUNDS[dim.op]);
}

export function isNonNegative(dim: Dim): boolean {
  return boundsOf(dim)[0] >= 0;
}

export function isNegative(dim: Dim): boolean {
  return boundsOf(dim)[1] < 0;
}

export function smallest(a: Dim, b: Dim): Dim {
  const difference = minus(a, b);
  if (isNonNegative(difference)) return b;
  return isNonNegative(times(-1, difference)) ? a : dimExpression("min", a, b);
}

export function largest(a: Dim, b: Dim): Dim {
  const difference = minus(a, b);
  if (isNonNegative(difference)) return a;
  return isNonNegative(times(-1, difference)) ? b : dimExpression("max", a, b);
}

function dividedTerm(term: Term, by: Term): Term | undefined {
  const coefficient = term.coefficient / by.coefficient;
  const rest = term.factors.map(formatDim);
  for (const factor of by.factors) {
    const at = rest.indexOf(formatDim(factor));
    if (at < 0) return undefined;
    rest.splice(at, 1);
  }
  const factors = rest.map((text) => term.factors.find((factor) => formatDim(factor) === text));
  return Number.isInteger(coefficient) ? { coefficient, factors: factors.filter((factor) => !!factor) } : undefined;
}

/** `a / b` where that is a product for sure. */
function exactQuotient(a: readonly Term[], b: readonly Term[]): Dim | undefined {
  const [over, under] = [a[0], b[0]];
  const term = over && under && dividedTerm(over, under);
  const quotient = term && toDim([term]);
  return quotient !== undefined && sameDim(times(quotient, toDim(b)), toDim(a)) ? quotient : undefined;
}

/** Rounded down; terms that `b` divides are taken out. `b` is not zero. */
export function floorDivide(a: Dim, b: Dim): Dim {
  if (typeof a === "number" && typeof b === "number") return dimExpression("floordiv", a, b);
  const [over, under] = [collect(termsOf(a)), collect(termsOf(b))];
  const exact = exactQuotient(over, under);
  if (exact !== undefined) return exact;
  const [only, ...more] = under;
  if (only === undefined || more.length > 0) return dimExpression("floordiv", toDim(over), b);
  const quotients = over.map((term) => dividedTerm(term, only));
  const rest = toDim(over.filter((_, index) => quotients[index] === undefined));
  const whole = toDim(quotients.filter((term) => term !== undefined));
  return rest === 0 ? whole : plus(whole, dimExpression("floordiv", rest, b));
}

/** Rounded up; `b` is positive. */
export function ceilDivide(a: Dim, b: Dim): Dim {
  const exact = exactQuotient(collect(termsOf(a)), collect(termsOf(b)));
  return exact ?? floorDivide(plus(a, b, -1), b);
}

/** With the sign of `b`, as in Python. */
export function modulo(a: Dim, b: Dim): Dim {
  if (typeof a === "number" && typeof b === "number") return dimExpression("mod", a, b);
  return exactQuotient(collect(termsOf(a)), collect(termsOf(b))) === undefined ? dimExpression("mod", a, b) : 0;
}

/** The number of elements of a shape. */
export function elementCount(shape: readonly Dim[]): Dim {
  return times(1, ...shape);
}
