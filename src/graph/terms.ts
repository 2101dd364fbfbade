import type { Argument } from "./types.ts";

/** A polynomial: coefficients by monomial, whose letters are in order: `{ "": 1, "xx": 2 }` is 1 + 2 x². */
export type Terms = Readonly<Record<string, number>>;

/** Letters that a monomial has at most; products beyond are no polynomials here. */
const MAX_DEGREE = 4;

/** What tells two constants of a formula from one that was written with fewer digits. */
const RELATIVE = 1e-6;

type Maybe = Terms | undefined;

export function sum(a: Maybe, b: Maybe): Maybe {
  if (!a || !b) return undefined;
  const terms: Record<string, number> = { ...a };
  for (const [monomial, factor] of Object.entries(b)) terms[monomial] = (terms[monomial] ?? 0) + factor;
  return terms;
}

export function product(a: Maybe, b: Maybe): Maybe {
  if (!a || !b) return undefined;
  const terms: Record<string, number> = {};
  for (const [left, x] of Object.entries(a)) {
    for (const [right, y] of Object.entries(b)) {
      const monomial = [...left, ...right].sort().join("");
      if (monomial.length > MAX_DEGREE) return undefined;
      terms[monomial] = (terms[monomial] ?? 0) + x * y;
    }
  }
  return terms;
}

export function power(base: Maybe, exponent: Argument | undefined): Maybe {
  if (exponent !== 2 && exponent !== 3) return undefined;
  const square = product(base, base);
  return exponent === 2 ? square : product(square, base);
}

/** Whether two polynomials have the same coefficients, up to the digits that formulas are written with. */
export function sameTerms(a: Maybe, b: Maybe): boolean {
  if (!a || !b) return false;
  return Object.keys({ ...a, ...b }).every((monomial) => {
    const [x, y] = [a[monomial] ?? 0, b[monomial] ?? 0];
    return Math.abs(x - y) <= RELATIVE * Math.max(Math.abs(x), Math.abs(y));
  });
}
