import type { Emitter } from "../emitter.ts";
import { Formula, type Term } from "../formula.ts";
import type { Operand, Size } from "../operand.ts";
import { reshapeTo, unsqueeze } from "../shaping.ts";

/** An axis that changes its size. */
export interface Stretch {
  readonly axis: number;
  readonly from: Size;
  readonly to: Size;
  /** What the sizes were made with, if it decides where elements lie. */
  readonly scale: number | undefined;
  readonly isAligned: boolean;
}

/** Where the elements of the output lie on the input. All in float64; sizes and the step are without axes. */
interface Places {
  /** The numbers of the output's elements, in a column. */
  readonly numbers: Operand;
  readonly from: Operand;
  readonly to: Operand;
  /** How far apart neighbours are. */
  readonly step: Operand;
  readonly isAligned: boolean;
}

/** What of the input makes the output: a row for each of its elements. */
interface Taps {
  readonly positions: Operand;
  /** Absent where the one position is the element. */
  readonly weights?: Operand;
}

/** Which elements of the input an element of the output is made of. */
export type Filter = (f: Formula, places: Places) => Taps;

function columns(f: Formula, parts: readonly Operand[]): Operand {
  return f.emit.op("Concat", parts, { axis: 1 });
}

function clamp(f: Formula, x: Operand, low: Term, high: Term): Operand {
  return f.min(f.max(x, low), high);
}

/** Pixels have an extent, and coordinates are those of their middles; corners that are aligned are points. */
function coordinates(f: Formula, { numbers, step, isAligned }: Places): Operand {
  return isAligned ? f.mul(numbers, step) : f.sub(f.mul(f.add(numbers, 0.5), step), 0.5);
}

/** PyTorch rounds the coordinate to float32 before it is cut. */
function cut(f: Formula, coordinate: Operand): Operand {
  return f.floor(f.cast(f.cast(coordinate, "float32"), "float64"));
}

export const nearest: Filter = (f, { numbers, from, step }) => ({
  positions: f.min(cut(f, f.mul(numbers, step)), f.sub(from, 1)),
});

export const nearestExact: Filter = (f, places) => ({
  positions: f.min(cut(f, f.add(coordinates(f, places), 0.5)), f.sub(places.from, 1)),
});

export const linear: Filter = (f, places) => {
  const { from, to, numbers } = places;
  const last = f.sub(from, 1);
  const at = f.where(f.equal(from, to), numbers, f.max(coordinates(f, places), 0));
  const first = f.min(f.floor(at), last);
  const share = clamp(f, f.sub(at, first), 0, 1);
  return {
    positions: columns(f, [first, f.min(f.add(first, 1), last)]),
    weights: columns(f, [f.sub(1, share), share]),
  };
};

/** Keys' cubic convolution at a distance up to 1, and at one from 1 to 2. */
function inner(f: Formula, x: Operand, a: number): Operand {
  return f.polynomial(x, [a + 2, -a - 3, 0, 1]);
}

function outer(f: Formula, x: Operand, a: number): Operand {
  return f.polynomial(x, [a, -5 * a, 8 * a, -4 * a]);
}

export const cubic: Filter = (f, places) => {
  const last = f.sub(places.from, 1);
  const at = coordinates(f, places);
  const base = f.min(f.floor(at), last);
  const share = clamp(f, f.sub(at, base), 0, 1);
  const rest = f.sub(1, share);
  const weights = [
    outer(f, f.add(share, 1), -0.75),
    inner(f, share, -0.75),
    inner(f, rest, -0.75),
    outer(f, f.add(rest, 1), -0.75),
  ];
  const positions = [-1, 0, 1, 2].map((offset) => clamp(f, f.add(base, offset), 0, last));
  return { positions: columns(f, positions), weights: columns(f, weights) };
};

/** How much an element counts at a distance of so many elements. */
export interface Kernel {
  readonly reach: number;
  readonly weight: (f: Formula, distance: Operand) => Operand;
}

export const TRIANGLE: Kernel = { reach: 1, weight: (f, x) => f.max(f.sub(1, x), 0) };

export const CUBIC: Kernel = {
  reach: 2,
  weight: (f, x) => {
    const far = f.where(f.less(x, 2), outer(f, x, -0.5), 0);
    return f.where(f.less(x, 1), inner(f, x, -0.5), far);
  },
};

function range(emit: Emitter, size: Operand): Operand {
  const count = emit.cast(size, "int64");
  return emit.cast(emit.op("Range", [emit.int64(0), count, emit.int64(1)]), "float64");
}

/** A kernel that is as wide as the elements of the output are where these are the larger ones. */
export function antialiased({ reach, weight }: Kernel): Filter {
  return (f, { numbers, from, step }) => {
    const wide = f.max(step, 1);
    const support = f.mul(wide, reach);
    const middle = f.mul(f.add(numbers, 0.5), step);
    const start = f.max(f.floor(f.add(f.sub(middle, support), 0.5)), 0);
    const end = f.min(f.floor(f.add(middle, support, 0.5)), from);
    const offsets = range(f.emit, f.add(f.mul(f.emit.op("Ceil", [support]), 2), 1));
    const at = f.add(start, offsets);
    const near = weight(f, f.abs(f.div(f.add(f.sub(at, middle), 0.5), wide)));
    const inside = f.where(f.less(at, end), near, 0);
    const total = f.emit.op("ReduceSum", [inside, f.emit.int64s([1])], { keepdims: 1 });
    return { positions: f.min(at, f.sub(end, 1)), weights: f.div(inside, total) };
  };
}

function stepOf(f: Formula, { scale, isAligned }: Stretch, from: Operand, to: Operand): Operand {
  if (!isAligned) return scale === undefined ? f.div(from, to) : f.emit.constant("float64", 1 / scale);
  return f.where(f.greater(to, 1), f.div(f.sub(from, 1), f.max(f.sub(to, 1), 1)), 0);
}

function placesOf(f: Formula, stretch: Stretch): Places {
  const measure = (size: Size) => f.cast(f.emit.int64(size), "float64");
  const [from, to] = [measure(stretch.from), measure(stretch.to)];
  const numbers = reshapeTo(f.emit, range(f.emit, to), [-1, 1]);
  return { numbers, from, to, step: stepOf(f, stretch, from, to), isAligned: stretch.isAligned };
}

/** Changes the size of one axis of `input`, which has `rank` axes. */
export function stretch(emit: Emitter, input: Operand, rank: number, along: Stretch, filter: Filter): Operand {
  const { positions, weights } = filter(new Formula(emit), placesOf(new Formula(emit), along));
  const { axis } = along;
  if (!weights) {
    const row = reshapeTo(emit, emit.cast(positions, "int64"), [-1]);
    return emit.op("Gather", [input, row], { axis });
  }
  const taken = emit.op("Gather", [input, emit.cast(positions, "int64")], { axis });
  const behind = Array.from({ length: rank - axis - 1 }, (_, i) => i + 2);
  const spread = emit.cast(unsqueeze(emit, weights, ...behind), input.dtype);
  return emit.op("ReduceSum", [emit.op("Mul", [taken, spread]), emit.int64s([axis + 1])], { keepdims: 0 });
}
