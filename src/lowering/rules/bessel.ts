import type { Formula } from "../formula.ts";
import type { Operand } from "../operand.ts";
import type { RuleTable } from "../rule.ts";
import { precise } from "./error-function.ts";
import * as tables from "./special-tables.ts";

type Write = (f: Formula, x: Operand) => Operand;

function ratio(f: Formula, x: Operand, top: readonly number[], bottom: readonly number[]): Operand {
  return f.div(f.polynomial(x, top), f.polynomial(x, bottom));
}

/** Amplitudes of the waves of order 0 or 1 that Bessel functions are far from 0. */
interface Waves {
  readonly phase: number;
  readonly even: readonly [readonly number[], readonly number[]];
  readonly odd: readonly [readonly number[], readonly number[]];
}

const WAVES_0: Waves = {
  phase: Math.PI / 4,
  even: [tables.BESSEL_J0_PP, tables.BESSEL_J0_PQ],
  odd: [tables.BESSEL_J0_QP, tables.BESSEL_J0_QQ],
};

const WAVES_1: Waves = {
  phase: (3 * Math.PI) / 4,
  even: [tables.BESSEL_J1_PP, tables.BESSEL_J1_PQ],
  odd: [tables.BESSEL_J1_QP, tables.BESSEL_J1_QQ],
};

/** Of x > 5; `kind` tells the first kind from the second. */
function waves(f: Formula, x: Operand, { phase, even, odd }: Waves, kind: 1 | 2): Operand {
  const z = f.div(25, f.square(x));
  const [p, q] = [ratio(f, z, ...even), f.mul(f.div(5, x), ratio(f, z, ...odd))];
  const angle = f.sub(x, phase);
  const [cos, sin] = [f.cos(angle), f.sin(angle)];
  const sum = kind === 1 ? f.sub(f.mul(p, cos), f.mul(q, sin)) : f.add(f.mul(p, sin), f.mul(q, cos));
  return f.div(f.mul(sum, Math.sqrt(2 / Math.PI)), f.sqrt(x));
}

const j0: Write = (f, given) => {
  const x = f.abs(given);
  const square = f.square(x);
  const roots = f.mul(f.sub(square, 5.783185962946784), f.sub(square, 30.471262343662087));
  const near = f.mul(roots, ratio(f, square, tables.BESSEL_J0_RP, tables.BESSEL_J0_RQ));
  const far = waves(f, f.max(x, 5), WAVES_0, 1);
  return f.where(f.lessOrEqual(x, 5), near, far);
};

const j1: Write = (f, given) => {
  const x = f.abs(given);
  const square = f.square(x);
  const roots = f.mul(f.sub(square, 14.681970642123893), f.sub(square, 49.2184563216946));
  const near = f.mul(x, roots, ratio(f, square, tables.BESSEL_J1_RP, tables.BESSEL_J1_RQ));
  const found = f.where(f.lessOrEqual(x, 5), near, waves(f, f.max(x, 5), WAVES_1, 1));
  return f.where(f.less(given, 0), f.neg(found), found);
};

const TWO_OVER_PI = 2 / Math.PI;

/** The second kind is minus infinity at 0 and nothing below. */
function secondKind(f: Formula, x: Operand, near: Operand, far: Waves): Operand {
  return f.choose(
    [
      [f.equal(x, 0), Number.NEGATIVE_INFINITY],
      [f.less(x, 0), Number.NaN],
      [f.lessOrEqual(x, 5), near],
    ],
    waves(f, f.max(x, 5), far, 2),
  );
}

const y0: Write = (f, x) => {
  const square = f.square(x);
  const series = ratio(f, square, tables.BESSEL_Y0_YP, tables.BESSEL_Y0_YQ);
  return secondKind(f, x, f.add(series, f.mul(f.log(x), j0(f, x), TWO_OVER_PI)), WAVES_0);
};

const y1: Write = (f, x) => {
  const series = f.mul(x, ratio(f, f.square(x), tables.BESSEL_Y1_YP, tables.BESSEL_Y1_YQ));
  const rest = f.mul(f.sub(f.mul(j1(f, x), f.log(x)), f.div(1, x)), TWO_OVER_PI);
  return secondKind(f, x, f.add(series, rest), WAVES_1);
};

/** Half of a Chebyshev series, highest degree first, in x/2. */
function series(f: Formula, x: Operand, coefficients: readonly number[]): Operand {
  const zero = f.mul(x, 0);
  const [first = 0, ...rest] = coefficients;
  let [now, last, before]: [Operand, Operand, Operand] = [f.add(zero, first), zero, zero];
  for (const coefficient of rest) {
    [before, last] = [last, now];
    now = f.add(f.sub(f.mul(x, last), before), coefficient);
  }
  return f.mul(f.sub(now, before), 0.5);
}

/** e^−|x| · I₀(x) or its like of order 1. */
function scaledFirst(f: Formula, given: Operand, order: 0 | 1): Operand {
  const x = f.abs(given);
  const [near, far] = order
    ? [tables.MODIFIED_I1_A, tables.MODIFIED_I1_B]
    : [tables.MODIFIED_I0_A, tables.MODIFIED_I0_B];
  const small = series(f, f.sub(f.mul(x, 0.5), 2), near);
  const safe = f.max(x, 8);
  const large = f.div(series(f, f.sub(f.div(32, safe), 2), far), f.sqrt(safe));
  const found = f.where(f.lessOrEqual(x, 8), order ? f.mul(small, x) : small, large);
  return order ? f.where(f.less(given, 0), f.neg(found), found) : found;
}

function modifiedFirst(order: 0 | 1): Write {
  return (f, x) => f.mul(scaledFirst(f, x, order), f.exp(f.abs(x)));
}

/** e^x · K₀(x) or its like of order 1. */
function scaledSecond(f: Formula, x: Operand, order: 0 | 1): Operand {
  const [near, far] = order
    ? [tables.MODIFIED_K1_A, tables.MODIFIED_K1_B]
    : [tables.MODIFIED_K0_A, tables.MODIFIED_K0_B];
  const small = series(f, f.sub(f.square(x), 2), near);
  const log = f.mul(f.log(f.mul(x, 0.5)), modifiedFirst(order)(f, x));
  const inner = f.mul(order ? f.add(log, f.div(small, x)) : f.sub(small, log), f.exp(x));
  const safe = f.max(x, 2);
  const outer = f.div(series(f, f.sub(f.div(8, safe), 2), far), f.sqrt(safe));
  return f.choose(
    [
      [f.equal(x, 0), Number.POSITIVE_INFINITY],
      [f.less(x, 0), Number.NaN],
      [f.lessOrEqual(x, 2), inner],
    ],
    outer,
  );
}

function modifiedSecond(order: 0 | 1): Write {
  return (f, x) => f.mul(scaledSecond(f, x, order), f.exp(f.neg(x)));
}

/** Ai far to the left: waves that grow faster. */
function airyWaves(f: Formula, x: Operand): Operand {
  const depth = f.neg(x);
  const angle = f.div(f.mul(depth, f.sqrt(depth), 2), 3);
  const z = f.div(1, angle);
  const square = f.square(z);
  const even = f.add(f.mul(square, ratio(f, square, tables.AIRY_AFN, tables.AIRY_AFD)), 1);
  const odd = f.mul(z, ratio(f, square, tables.AIRY_AGN, tables.AIRY_AGD));
  const t = f.add(angle, Math.PI / 4);
  const sum = f.sub(f.mul(f.sin(t), even), f.mul(f.cos(t), odd));
  return f.div(f.mul(sum, 1 / Math.sqrt(Math.PI)), f.sqrt(f.sqrt(depth)));
}

function airyTail(f: Formula, x: Operand): Operand {
  const zeta = f.div(f.mul(x, f.sqrt(x), 2), 3);
  const amplitude = ratio(f, f.div(1, zeta), tables.AIRY_AN, tables.AIRY_AD);
  const decay = f.mul(f.sqrt(f.sqrt(x)), f.exp(zeta), 2 * Math.sqrt(Math.PI));
  return f.div(amplitude, decay);
}

/** Enough terms of the Maclaurin series for |x| ≤ 2.09. */
const AIRY_TERMS = 16;

function airyCentre(f: Formula, x: Operand): Operand {
  const cube = f.mul(x, x, x);
  let [even, odd]: [Operand, Operand] = [f.add(f.mul(x, 0), 1), x];
  let [evens, odds] = [even, odd];
  for (let k = 1; k <= AIRY_TERMS; k++) {
    even = f.div(f.mul(even, cube), (3 * k - 1) * 3 * k);
    odd = f.div(f.mul(odd, cube), 3 * k * (3 * k + 1));
    [evens, odds] = [f.add(evens, even), f.add(odds, odd)];
  }
  return f.sub(f.mul(evens, 0.3550280538878172), f.mul(odds, 0.2588194037928068));
}

const airy: Write = (f, x) =>
  f.choose(
    [
      [f.isInfinite(x), Number.NaN],
      [f.greater(x, 103.892), 0],
      [f.less(x, -2.09), airyWaves(f, f.min(x, -2))],
      [f.greaterOrEqual(x, 2.09), airyTail(f, f.max(x, 2))],
    ],
    airyCentre(f, x),
  );

const spherical: Write = (f, x) => {
  const quotient = f.div(f.sin(x), x);
  const square = f.square(x);
  const centre = f.polynomial(square, [-1 / 39916800, 1 / 362880, -1 / 5040, 1 / 120, -1 / 6, 1]);
  const isSmall = f.less(f.abs(x), 0.5);
  return f.choose(
    [
      [f.isInfinite(x), 0],
      [isSmall, centre],
    ],
    quotient,
  );
};

/** As `self`, or as `x` where the operator calls it that. */
function rules(entries: Readonly<Record<string, Write>>, name: string): RuleTable {
  return Object.fromEntries(
    Object.entries(entries).map(([target, write]) => [`aten.${target}.default`, precise(write, name)]),
  );
}

export const BESSEL: RuleTable = {
  ...rules(
    {
      i0: modifiedFirst(0),
      special_i0e: (f, x) => scaledFirst(f, x, 0),
      special_i1: modifiedFirst(1),
      special_i1e: (f, x) => scaledFirst(f, x, 1),
      special_bessel_j0: j0,
      special_bessel_j1: j1,
      special_bessel_y0: y0,
      special_bessel_y1: y1,
      special_modified_bessel_i0: modifiedFirst(0),
      special_modified_bessel_i1: modifiedFirst(1),
      special_modified_bessel_k0: modifiedSecond(0),
      special_modified_bessel_k1: modifiedSecond(1),
    },
    "self",
  ),
  ...rules(
    {
      special_scaled_modified_bessel_k0: (f, x) => scaledSecond(f, x, 0),
      special_scaled_modified_bessel_k1: (f, x) => scaledSecond(f, x, 1),
      special_airy_ai: airy,
      special_spherical_bessel_j0: spherical,
    },
    "x",
  ),
};
