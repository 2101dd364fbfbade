import type { Dim } from "../../core/index.ts";
import type { Call } from "../call.ts";
import type { Emitter } from "../emitter.ts";
import { Formula } from "../formula.ts";
import type { Operand, ShapedOperand } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";
import { END, reshapeTo, slice } from "../shaping.ts";

function neighbours(emit: Emitter, input: Operand, axis: number): readonly [Operand, Operand] {
  return [slice(emit, input, axis, 1, END), slice(emit, input, axis, 0, -1)];
}

function differenceOnce(emit: Emitter, input: Operand, axis: number): Operand {
  const [after, before] = neighbours(emit, input, axis);
  return emit.op(input.dtype === "bool" ? "Xor" : "Sub", [after, before]);
}

/** Differences of differences of more than this order are refused. */
const LARGEST_ORDER = 64;

/** The n-th difference of neighbours. */
const diff: Rule = (emit, call) => {
  const self = call.operand("self");
  const order = call.number("n");
  if (order > LARGEST_ORDER) return call.refuse(`differences of order ${order}`);
  if (order === 0) return self;
  const axis = call.axis("dim", call.tensor("self").shape.length);
  const around = (name: string) => (call.has(name) ? [call.operand(name)] : []);
  const pieces = [...around("prepend"), self, ...around("append")];
  const input = pieces.length === 1 ? self : emit.op("Concat", pieces, { axis });
  return Array.from({ length: order }).reduce<Operand>((current) => differenceOnce(emit, current, axis), input);
};

/** The distances between neighbours, in a shape that broadcasts over `y`. */
function spacing(emit: Emitter, call: Call, rank: number, axis: number): Operand | number {
  if (!call.has("x")) return call.number("dx");
  const x = call.tensor("x");
  const distances = differenceOnce(emit, emit.cast(x, call.dtype), x.shape.length === rank ? axis : x.shape.length - 1);
  if (x.shape.length !== 1) return distances;
  const line: readonly Dim[] = Array.from({ length: rank }, (_, i) => (i === axis ? -1 : 1));
  return reshapeTo(emit, distances, line.map(Number));
}

/** The areas under each two neighbours. */
function trapezoids(emit: Emitter, call: Call): { areas: Operand; axis: number } {
  const f = new Formula(emit);
  const rank = call.tensor("y").shape.length;
  const axis = call.axis("dim", rank);
  if (call.has("x") && ![1, rank].includes(call.tensor("x").shape.length)) call.refuse("an x of another rank");
  const [after, before] = neighbours(emit, call.operand("y"), axis);
  return { areas: f.mul(f.mul(f.add(after, before), spacing(emit, call, rank, axis)), 0.5), axis };
}

const trapezoid: Rule = (emit, call) => {
  const { areas, axis } = trapezoids(emit, call);
  return emit.op("ReduceSum", [areas, emit.int64s([axis])], { keepdims: 0 });
};

const cumulativeTrapezoid: Rule = (emit, call) => {
  const { areas, axis } = trapezoids(emit, call);
  return emit.op("CumSum", [areas, emit.int64(axis)]);
};

/** The distance between neighbours along one axis: one for all, or one for each pair. */
type Spacing = number | Operand;

/** The slope at an end from its one neighbour, or from two. */
function endSlope(f: Formula, input: Operand, axis: number, step: Spacing, order: number, atStart: boolean): Operand {
  const at = (i: number) => slice(f.emit, input, axis, atStart ? i : -1 - i, atStart ? i + 1 : i === 0 ? END : -i);
  const distance = (i: number): Spacing =>
    typeof step === "number"
      ? step
      : slice(f.emit, step, axis, atStart ? i : -1 - i, atStart ? i + 1 : i === 0 ? END : -i);
  const sign = atStart ? 1 : -1;
  if (order === 1) return f.mul(f.div(f.sub(at(1), at(0)), distance(0)), sign);
  return secondOrder(f, [at(0), at(1), at(2)], distance(0), distance(1), sign);
}

function secondOrder(
  f: Formula,
  [first, second, third]: readonly [Operand, Operand, Operand],
  near: Spacing,
  far: Spacing,
  sign: number,
): Operand {
  const zero = f.mul(first, 0);
  const [a, b] = [f.add(zero, near), f.add(zero, far)];
  const sum = f.add(a, b);
  const terms = f.add(
    f.mul(first, f.neg(f.div(f.add(f.mul(a, 2), b), f.mul(a, sum)))),
    f.mul(second, f.div(sum, f.mul(a, b))),
    f.neg(f.mul(third, f.div(a, f.mul(b, sum)))),
  );
  return f.mul(terms, sign);
}

function innerSlopes(f: Formula, input: Operand, axis: number, step: Spacing): Operand {
  const [after, here, before] = [
    slice(f.emit, input, axis, 2, END),
    slice(f.emit, input, axis, 1, -1),
    slice(f.emit, input, axis, 0, -2),
  ];
  if (typeof step === "number") return f.div(f.sub(after, before), 2 * step);
  const [a, b] = [slice(f.emit, step, axis, 0, -1), slice(f.emit, step, axis, 1, END)];
  const sum = f.add(a, b);
  return f.add(
    f.neg(f.mul(before, f.div(b, f.mul(a, sum)))),
    f.mul(here, f.div(f.sub(b, a), f.mul(a, b))),
    f.mul(after, f.div(a, f.mul(b, sum))),
  );
}

function gradientAlong(f: Formula, input: Operand, axis: number, step: Spacing, order: number): Operand {
  const start = endSlope(f, input, axis, step, order, true);
  const end = endSlope(f, input, axis, step, order, false);
  return f.emit.op("Concat", [start, innerSlopes(f, input, axis, step), end], { axis });
}

/** The spacing that the call gives for its `index`-th axis. */
function givenSpacing(emit: Emitter, call: Call, self: ShapedOperand, axis: number, index: number): Spacing {
  if (!call.has("spacing")) return 1;
  if (call.isNumber("spacing")) return call.number("spacing");
  if (call.isTensorList("spacing")) {
    const points = call.tensors("spacing")[index] ?? call.refuse("spacing is missing");
    const distances = differenceOnce(emit, emit.cast(points, self.dtype), 0);
    return reshapeTo(
      emit,
      distances,
      self.shape.map((_, i) => (i === axis ? -1 : 1)),
    );
  }
  const steps = call.numbers("spacing");
  return steps[index] ?? steps[0] ?? 1;
}

const gradient: Rule = (emit, call) => {
  const f = new Formula(emit);
  const self = emit.cast(call.tensor("self"), call.dtype);
  if (!emit.isFloating(self)) return call.refuse("integer slopes");
  return call
    .axes("dim", self.shape.length)
    .map((axis, i) => gradientAlong(f, self, axis, givenSpacing(emit, call, self, axis, i), call.number("edge_order")));
};

const GRADIENTS = [
  "array",
  "scalararray",
  "scalarint",
  "scalarrayarray",
  "scalarrayint",
  "tensorarray",
  "tensorarrayint",
];

export const DIFFERENCES: RuleTable = {
  "aten.diff.default": diff,
  "aten.trapezoid.dx": trapezoid,
  "aten.trapezoid.x": trapezoid,
  "aten.cumulative_trapezoid.dx": cumulativeTrapezoid,
  "aten.cumulative_trapezoid.x": cumulativeTrapezoid,
  ...Object.fromEntries(GRADIENTS.map((name) => [`aten.gradient.${name}`, gradient])),
};
