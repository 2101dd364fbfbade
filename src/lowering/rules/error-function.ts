import type { Call } from "../call.ts";
import { Formula } from "../formula.ts";
import type { Operand } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";
import { logOnePlus } from "./elementwise.ts";
import { ERFCX, NDTRI_P0, NDTRI_P1, NDTRI_P2, NDTRI_Q0, NDTRI_Q1, NDTRI_Q2 } from "./special-tables.ts";

/** A formula of one argument that is computed in float64 and rounded at the end. */
export function precise(write: (f: Formula, x: Operand, call: Call) => Operand, name = "self"): Rule {
  return (emit, call) => emit.cast(write(new Formula(emit), call.operand(name, "float64"), call), call.dtype);
}

/** A Chebyshev series, lowest degree first, by Clenshaw's recurrence. */
function chebyshevSeries(f: Formula, x: Operand, coefficients: readonly number[]): Operand {
  const twice = f.mul(x, 2);
  const [lowest = 0, ...rest] = coefficients;
  let [last, before]: [Operand, Operand] = [f.mul(x, 0), f.mul(x, 0)];
  for (const coefficient of rest.toReversed()) {
    [last, before] = [f.add(f.sub(f.mul(twice, last), before), coefficient), last];
  }
  return f.add(f.sub(f.mul(x, last), before), lowest);
}

/** e^(x²) · erfc(x) of x ≥ 0. */
function scaledComplement(f: Formula, x: Operand): Operand {
  const t = f.div(4, f.add(x, 4));
  return f.mul(t, chebyshevSeries(f, f.sub(f.mul(t, 2), 1), ERFCX));
}

/** 1 − erf(x), exact to the last digits for large x too. */
export function complement(f: Formula, x: Operand): Operand {
  const magnitude = f.abs(x);
  const tail = f.mul(f.exp(f.neg(f.square(magnitude))), scaledComplement(f, magnitude));
  const known = f.where(f.isInfinite(magnitude), 0, tail);
  return f.where(f.less(x, 0), f.sub(2, known), known);
}

/** 2/√π · (−1)ⁿ / (n! (2n + 1)), from n = 12 down: enough up to 1/2. */
const ERF_SERIES: readonly number[] = Array.from({ length: 13 }, (_, i) => 12 - i).map((n) => {
  const factorial = Array.from({ length: n }, (_, i) => i + 1).reduce((product, i) => product * i, 1);
  return ((2 / Math.sqrt(Math.PI)) * (-1) ** n) / (factorial * (2 * n + 1));
});

/** erf(x), exact to the last digits near zero too. */
export function errorFunction(f: Formula, x: Operand): Operand {
  const near = f.max(f.min(x, 0.5), -0.5);
  const series = f.mul(near, f.polynomial(f.square(near), ERF_SERIES));
  return f.where(f.lessOrEqual(f.abs(x), 0.5), series, f.sub(1, complement(f, x)));
}

function scaledErrorComplement(f: Formula, x: Operand): Operand {
  const magnitude = f.abs(x);
  const positive = f.where(f.isInfinite(magnitude), 0, scaledComplement(f, magnitude));
  return f.where(f.less(x, 0), f.sub(f.mul(f.exp(f.square(x)), 2), positive), positive);
}

/** The share of the normal distribution below x. */
function normalShare(f: Formula, x: Operand): Operand {
  return f.mul(complement(f, f.mul(x, -Math.SQRT1_2)), 0.5);
}

function logNormalShare(f: Formula, x: Operand): Operand {
  const t = f.mul(x, Math.SQRT1_2);
  const left = f.sub(f.log(f.mul(scaledErrorComplement(f, f.neg(f.min(t, 0))), 0.5)), f.square(t));
  const right = logOnePlus(f.emit, f.mul(complement(f, t), -0.5));
  const found = f.where(f.less(x, -1), left, right);
  return f.where(f.equal(x, Number.NEGATIVE_INFINITY), Number.NEGATIVE_INFINITY, found);
}

const SQRT_TWO_PI = Math.sqrt(2 * Math.PI);
const TAIL = Math.exp(-2);

function ratio(f: Formula, x: Operand, top: readonly number[], bottom: readonly number[]): Operand {
  return f.div(f.polynomial(x, top), f.polynomial(x, bottom));
}

/** How far out a share below e⁻² lies. */
function normalTail(f: Formula, share: Operand): Operand {
  const x = f.sqrt(f.mul(f.log(share), -2));
  const z = f.div(1, x);
  const near = ratio(f, z, NDTRI_P1, NDTRI_Q1);
  const far = ratio(f, z, NDTRI_P2, NDTRI_Q2);
  return f.sub(f.sub(x, f.div(f.log(x), x)), f.mul(z, f.where(f.less(x, 8), near, far)));
}

/** Where the normal distribution has `share` below; `rest` is 1 − share, given apart for exactness. */
function normalQuantile(f: Formula, share: Operand, rest: Operand): Operand {
  const least = f.min(share, rest);
  const inTail = normalTail(f, f.max(least, Number.MIN_VALUE));
  const signed = f.where(f.less(share, rest), f.neg(inTail), inTail);
  const y = f.mul(f.sub(share, rest), 0.5);
  const squared = f.square(y);
  const middle = f.mul(f.add(y, f.mul(y, squared, ratio(f, squared, NDTRI_P0, NDTRI_Q0))), SQRT_TWO_PI);
  return f.choose(
    [
      [f.or(f.less(share, 0), f.less(rest, 0)), Number.NaN],
      [f.equal(share, 0), Number.NEGATIVE_INFINITY],
      [f.equal(rest, 0), Number.POSITIVE_INFINITY],
      [f.less(least, TAIL), signed],
    ],
    middle,
  );
}

const inverseErf = precise((f, x) => {
  const [share, rest] = [f.mul(f.add(x, 1), 0.5), f.mul(f.sub(1, x), 0.5)];
  return f.mul(normalQuantile(f, share, rest), Math.SQRT1_2);
});

export const ERROR_FUNCTION: RuleTable = {
  "aten.erfc.default": precise(complement),
  "aten.special_erfcx.default": precise(scaledErrorComplement),
  "aten.special_ndtr.default": precise(normalShare),
  "aten.special_log_ndtr.default": precise(logNormalShare),
  "aten.special_ndtri.default": precise((f, x) => normalQuantile(f, x, f.sub(1, x))),
  "aten.erfinv.default": inverseErf,
};
