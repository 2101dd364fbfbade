import type { Formula } from "../formula.ts";
import { Formula as Formulas } from "../formula.ts";
import type { Operand } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";
import { truncate } from "./elementwise.ts";

/** The highest order that is reached by a recurrence: higher ones fail the run. */
const HIGHEST_ORDER = 32;

/** `orders`, in a way that fails the run when any is beyond the recurrence. */
function limited(f: Formula, orders: Operand): Operand {
  const { emit } = f;
  const excess = f.cast(f.greater(orders, HIGHEST_ORDER), "int64");
  const count = emit.op("ReduceSum", [excess], { keepdims: 0 });
  return f.add(orders, emit.op("Gather", [emit.constant(orders.dtype, [0]), count], { axis: 0 }));
}

/** p₀ = 1, p₁ and what follows from the two before; for orders below 0 there is 0. */
interface Recurrence {
  readonly first: (f: Formula, x: Operand) => Operand;
  /** p of order k from those of k − 1 and k − 2. */
  readonly next: (f: Formula, x: Operand, k: number, last: Operand, before: Operand) => Operand;
}

/** Picks for each element the polynomial of its order. */
function byRecurrence(f: Formula, x: Operand, orders: Operand, highest: number, { first, next }: Recurrence): Operand {
  let before: Operand = f.add(f.mul(x, 0), 1);
  let last = first(f, x);
  let found = f.where(f.equal(orders, 1), last, f.where(f.equal(orders, 0), f.emit.like(x, 1), 0));
  for (let k = 2; k <= highest; k++) {
    [before, last] = [last, next(f, x, k, last, before)];
    found = f.where(f.equal(orders, k), last, found);
  }
  return found;
}

/** A polynomial whose order the argument `n` gives, as a whole number. */
function polynomial(recurrence: Recurrence): Rule {
  return (emit, call) => {
    const f = new Formulas(emit);
    const orders = limited(f, truncate(emit, call.operand("n")));
    return byRecurrence(f, call.operand("x"), orders, HIGHEST_ORDER, recurrence);
  };
}

const hermiteH = polynomial({
  first: (f, x) => f.add(x, x),
  next: (f, x, k, last, before) => f.sub(f.mul(f.add(x, x), last), f.mul(before, 2 * (k - 1))),
});

const hermiteHe = polynomial({
  first: (_, x) => x,
  next: (f, x, k, last, before) => f.sub(f.mul(x, last), f.mul(before, k - 1)),
});

const laguerre = polynomial({
  first: (f, x) => f.sub(1, x),
  next: (f, x, k, last, before) => f.div(f.sub(f.mul(f.sub(2 * k - 1, x), last), f.mul(before, k - 1)), k),
});

const legendre = polynomial({
  first: (_, x) => x,
  next: (f, x, k, last, before) => f.div(f.sub(f.mul(x, last, 2 * k - 1), f.mul(before, k - 1)), k),
});

/** One of the four kinds of Chebyshev polynomials. */
interface Chebyshev {
  readonly first: Recurrence["first"];
  /** Of x = cos θ, for orders that PyTorch does not reach by the recurrence. */
  readonly wave: (f: Formula, angle: Operand, order: Operand) => Operand;
  /** Beyond this order the wave is used. */
  readonly switchesAfter: number;
  readonly atOne: (f: Formula, order: Operand) => Operand;
  readonly atMinusOne: (f: Formula, order: Operand) => Operand;
}

const one = (f: Formula, order: Operand) => f.add(f.mul(order, 0), 1);
const twice = (f: Formula, order: Operand) => f.add(f.mul(order, 2), 1);
const half = (f: Formula, angle: Operand) => f.mul(angle, 0.5);
const between = (f: Formula, angle: Operand, order: Operand) => f.mul(f.add(order, 0.5), angle);

const KINDS: Readonly<Record<"t" | "u" | "v" | "w", Chebyshev>> = {
  t: {
    first: (_, x) => x,
    wave: (f, angle, order) => f.cos(f.mul(order, angle)),
    switchesAfter: 6,
    atOne: one,
    atMinusOne: one,
  },
  u: {
    first: (f, x) => f.add(x, x),
    wave: (f, angle, order) => f.div(f.sin(f.mul(f.add(order, 1), angle)), f.sin(angle)),
    switchesAfter: 8,
    atOne: (f, order) => f.add(order, 1),
    atMinusOne: (f, order) => f.add(order, 1),
  },
  v: {
    first: (f, x) => f.sub(f.add(x, x), 1),
    wave: (f, angle, order) => f.div(f.cos(between(f, angle, order)), f.cos(half(f, angle))),
    switchesAfter: 8,
    atOne: one,
    atMinusOne: twice,
  },
  w: {
    first: (f, x) => f.add(f.add(x, x), 1),
    wave: (f, angle, order) => f.div(f.sin(between(f, angle, order)), f.sin(half(f, angle))),
    switchesAfter: 8,
    atOne: twice,
    atMinusOne: one,
  },
};

function chebyshev({ first, wave, switchesAfter, atOne, atMinusOne }: Chebyshev, isShifted: boolean): Rule {
  return (emit, call) => {
    const f = new Formulas(emit);
    const given = call.operand("x");
    const x = isShifted ? f.sub(f.add(given, given), 1) : given;
    const order = truncate(emit, call.operand("n"));
    const isInside = f.less(f.abs(x), 1);
    const isHigh = f.and(isInside, f.greater(order, isShifted ? 6 : switchesAfter));
    const steps = limited(f, f.where(isHigh, 0, order));
    const next: Recurrence["next"] = (g, y, _, last, before) => g.sub(g.mul(g.add(y, y), last), before);
    const low = byRecurrence(f, x, steps, HIGHEST_ORDER, { first, next });
    const angle = emit.op("Acos", [f.where(isInside, x, 0)]);
    const isOdd = f.equal(emit.op("Mod", [order, emit.like(order, 2)], { fmod: 1 }), 1);
    const last = atMinusOne(f, order);
    return f.choose(
      [
        [f.less(order, 0), 0],
        [f.equal(x, 1), atOne(f, order)],
        [f.equal(x, -1), f.where(isOdd, f.neg(last), last)],
        [isHigh, wave(f, angle, order)],
      ],
      low,
    );
  };
}

const OVERLOADS = ["default", "x_scalar", "n_scalar"];

function rules(operator: string, rule: Rule): RuleTable {
  return Object.fromEntries(OVERLOADS.map((name) => [`aten.special_${operator}.${name}`, rule]));
}

export const POLYNOMIALS: RuleTable = {
  ...rules("chebyshev_polynomial_t", chebyshev(KINDS.t, false)),
  ...rules("chebyshev_polynomial_u", chebyshev(KINDS.u, false)),
  ...rules("chebyshev_polynomial_v", chebyshev(KINDS.v, false)),
  ...rules("chebyshev_polynomial_w", chebyshev(KINDS.w, false)),
  ...rules("shifted_chebyshev_polynomial_t", chebyshev(KINDS.t, true)),
  ...rules("shifted_chebyshev_polynomial_u", chebyshev(KINDS.u, true)),
  ...rules("shifted_chebyshev_polynomial_v", chebyshev(KINDS.v, true)),
  ...rules("shifted_chebyshev_polynomial_w", chebyshev(KINDS.w, true)),
  ...rules("hermite_polynomial_h", hermiteH),
  ...rules("hermite_polynomial_he", hermiteHe),
  ...rules("laguerre_polynomial_l", laguerre),
  ...rules("legendre_polynomial_p", legendre),
};
