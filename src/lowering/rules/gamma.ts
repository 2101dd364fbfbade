import type { Call } from "../call.ts";
import { Formula } from "../formula.ts";
import type { Operand } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";
import { reshapeTo, unsqueeze } from "../shaping.ts";
import { truncate } from "./elementwise.ts";
import { precise } from "./error-function.ts";

/** Lanczos' approximation with g = 7. */
const LANCZOS: readonly number[] = [
  0.9999999999998099, 676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406, 12.507343278686905,
  -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
];

/** ln Γ(x) of x ≥ 1/2. */
function logGammaRight(f: Formula, x: Operand): Operand {
  const [first = 1, ...rest] = LANCZOS;
  const y = f.sub(x, 1);
  const terms = rest.map((coefficient, i) => f.div(coefficient, f.add(y, i + 1)));
  const sum = terms.reduce((total, term) => f.add(total, term), f.add(f.mul(y, 0), first));
  const t = f.add(y, 7.5);
  return f.add(f.sub(f.mul(f.add(y, 0.5), f.log(t)), t), f.log(sum), 0.5 * Math.log(2 * Math.PI));
}

/** ln |Γ(x)|, by reflection below 1/2. */
export function logGamma(f: Formula, x: Operand): Operand {
  const isLeft = f.less(x, 0.5);
  const right = logGammaRight(f, f.where(isLeft, f.sub(1, x), x));
  const fraction = f.sub(x, f.floor(x));
  const sine = f.abs(f.sin(f.mul(fraction, Math.PI)));
  const reflected = f.sub(f.log(f.div(Math.PI, sine)), right);
  const isPole = f.and(f.lessOrEqual(x, 0), f.equal(fraction, 0));
  const found = f.where(isLeft, reflected, right);
  return f.where(f.or(isPole, f.isInfinite(x)), Number.POSITIVE_INFINITY, found);
}

/** Of the asymptotic series of the digamma function, in powers of 1/x². */
const DIGAMMA: readonly number[] = [1 / 12, -691 / 32760, 1 / 132, -1 / 240, 1 / 252, -1 / 120, 1 / 12];

function digammaRight(f: Formula, x: Operand): Operand {
  const steps = Array.from({ length: 10 }, (_, i) => f.div(1, f.add(x, i)));
  const sum = steps.reduce((total, step) => f.add(total, step));
  const far = f.add(x, 10);
  const z = f.div(1, f.square(far));
  const series = f.mul(z, f.polynomial(z, DIGAMMA));
  return f.sub(f.sub(f.sub(f.log(far), f.div(0.5, far)), series), sum);
}

function digamma(f: Formula, x: Operand): Operand {
  const isLeft = f.less(x, 0);
  const right = digammaRight(f, f.where(isLeft, f.sub(1, x), x));
  const fraction = f.sub(x, truncate(f.emit, x));
  const angle = f.mul(fraction, Math.PI);
  const cotangent = f.div(f.mul(f.cos(angle), Math.PI), f.sin(angle));
  const reciprocal = f.neg(f.div(1, x));
  return f.choose(
    [
      [f.equal(x, 0), reciprocal],
      [f.and(isLeft, f.equal(fraction, 0)), Number.NaN],
      [isLeft, f.sub(right, cotangent)],
    ],
    right,
  );
}

function trigamma(f: Formula, x: Operand): Operand {
  const isLeft = f.less(x, 0.5);
  const right = f.where(isLeft, f.sub(1, x), x);
  const steps = Array.from({ length: 10 }, (_, i) => f.div(1, f.square(f.add(right, i))));
  const sum = steps.reduce((total, step) => f.add(total, step));
  const far = f.add(right, 10);
  const z = f.div(1, f.square(far));
  const series = f.polynomial(z, [-1 / 30, 1 / 42, -1 / 30, 1 / 6, 0]);
  const tail = f.div(f.add(f.add(f.div(0.5, far), series), 1), far);
  const total = f.add(sum, tail);
  const sine = f.sin(f.mul(x, Math.PI));
  return f.where(isLeft, f.sub(f.div(Math.PI * Math.PI, f.square(sine)), total), total);
}

/** (2k)! / B₂ₖ, for the Euler–Maclaurin formula. */
const BERNOULLI: readonly number[] = [
  12, -720, 30240, -1209600, 47900160, -1892437580.3183792, 7.47242496e10, -2950130727918.164, 116467828143500.67,
  -4597978722407473, 1.8152105401943546e17, -7.166165256175667e18,
];

/** Terms beyond this would take more memory than a model should. */
const MOST_TERMS = 4096;

/** How many terms bring the least of `q` to 9. */
function termCount(f: Formula, q: Operand): Operand {
  const { emit } = f;
  const least = emit.op("ReduceMin", [reshapeTo(emit, f.where(f.isNaN(q), 0, q), [-1])], { keepdims: 0 });
  const wanted = f.max(f.sub(10, f.floor(least)), 10);
  return f.cast(f.min(wanted, MOST_TERMS), "int64");
}

/** Hurwitz' zeta function Σ (q + k)⁻ˣ. */
export function zeta(f: Formula, x: Operand, q: Operand, rank: number): Operand {
  const { emit } = f;
  const count = termCount(f, q);
  const range = emit.op("Range", [emit.int64(0), count, emit.int64(1)]);
  const bases = f.add(unsqueeze(emit, q, rank), f.cast(range, "float64"));
  const powers = f.pow(bases, f.neg(unsqueeze(emit, x, rank)));
  const sum = emit.op("ReduceSum", [powers, emit.int64s([rank])], { keepdims: 0 });
  const w = f.add(q, f.cast(count, "float64"));
  const power = f.pow(w, f.neg(x));
  const start = f.add(sum, f.div(f.mul(power, w), f.sub(x, 1)), f.mul(power, 0.5));
  const total = f.add(start, remainderSeries(f, x, w, power));
  const isWhole = (term: Operand) => f.equal(term, f.floor(term));
  const isNegative = f.lessOrEqual(q, 0);
  return f.choose(
    [
      [f.equal(x, 1), Number.POSITIVE_INFINITY],
      [f.less(x, 1), Number.NaN],
      [f.and(isNegative, isWhole(q)), Number.POSITIVE_INFINITY],
      [f.and(isNegative, f.not(isWhole(x))), Number.NaN],
      [f.less(q, 10 - MOST_TERMS), Number.NaN],
    ],
    total,
  );
}

function remainderSeries(f: Formula, x: Operand, w: Operand, power: Operand): Operand {
  let factor = x;
  let scale = f.div(power, w);
  const terms = BERNOULLI.map((divisor, i) => {
    const term = f.div(f.mul(factor, scale), divisor);
    factor = f.mul(factor, f.add(x, 2 * i + 1), f.add(x, 2 * i + 2));
    scale = f.div(scale, f.square(w));
    return term;
  });
  return terms.reduce((sum, term) => f.add(sum, term));
}

const zetaRule: Rule = (emit, call) => {
  const [x, q] = [call.operand("self", "float64"), call.operand("other", "float64")];
  const ones = emit.op("Expand", [emit.constant("float64", 0), emit.op("Shape", [emit.op("Add", [x, q])])]);
  const f = new Formula(emit);
  return emit.cast(zeta(f, f.add(x, ones), f.add(q, ones), call.shape.length), call.dtype);
};

function factorial(n: number): number {
  return n <= 1 ? 1 : n * factorial(n - 1);
}

/** The n-th derivative of the digamma function. */
const polygamma = precise((f, x, call) => {
  const n = call.number("n");
  if (n === 0) return digamma(f, x);
  if (n === 1) return trigamma(f, x);
  const sign = n % 2 === 1 ? 1 : -1;
  const order = f.add(f.mul(x, 0), n + 1);
  return f.mul(zeta(f, order, x, call.shape.length), sign * factorial(n));
});

/** The logarithm of the multivariate gamma function. */
const multivariateLogGamma = precise((f, x, call: Call) => {
  const p = call.number("p");
  const terms = Array.from({ length: p }, (_, j) => logGamma(f, f.sub(x, j / 2)));
  const sum = terms.reduce((total, term) => f.add(total, term));
  return f.add(sum, (p * (p - 1) * Math.log(Math.PI)) / 4);
});

export const GAMMA: RuleTable = {
  "aten.lgamma.default": precise(logGamma),
  "aten.digamma.default": precise(digamma),
  "aten.polygamma.default": polygamma,
  "aten.special_polygamma.default": polygamma,
  "aten.special_zeta.default": zetaRule,
  "aten.mvlgamma.default": multivariateLogGamma,
};
