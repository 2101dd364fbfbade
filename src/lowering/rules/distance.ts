import type { Call } from "../call.ts";
import { Formula } from "../formula.ts";
import type { Operand } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";
import { reshapeTo, unsqueeze } from "../shaping.ts";
import { broadcast } from "./masking.ts";
import { type Extent, reduce } from "./reduction.ts";

/** The p-norm of differences along some axes. */
function norm(f: Formula, difference: Operand, p: number, extent: Extent): Operand {
  const magnitude = f.abs(difference);
  const sum = (terms: Operand) => reduce(f.emit, "ReduceSum", terms, extent);
  if (p === 0) return sum(f.cast(f.not(f.equal(magnitude, 0)), magnitude.dtype));
  if (p === 1) return sum(magnitude);
  if (p === 2) return f.sqrt(sum(f.square(magnitude)));
  if (p === Number.POSITIVE_INFINITY) return reduce(f.emit, "ReduceMax", magnitude, extent);
  if (p === Number.NEGATIVE_INFINITY) return reduce(f.emit, "ReduceMin", magnitude, extent);
  return f.pow(sum(f.pow(magnitude, p)), 1 / p);
}

export function vectorDistance(f: Formula, difference: Operand, p: number, axis: number): Operand {
  return norm(f, difference, p, { axes: [axis], keepdims: false });
}

function lastAxis(rank: number): readonly number[] {
  return rank === 0 ? [] : [rank - 1];
}

const pairwiseDistance: Rule = (emit, call) => {
  const f = new Formula(emit);
  const rank = Math.max(call.tensor("x1").shape.length, call.tensor("x2").shape.length);
  const difference = f.add(f.sub(call.operand("x1"), call.operand("x2")), call.number("eps"));
  return norm(f, difference, call.number("p"), { axes: lastAxis(rank), keepdims: call.boolean("keepdim") });
};

/** Every row of the first against every row of the second. */
const crossDistance: Rule = (emit, call) => {
  const f = new Formula(emit);
  const [first, second] = [call.tensor("x1"), call.tensor("x2")];
  const rows = unsqueeze(emit, first, first.shape.length - 1);
  const columns = unsqueeze(emit, second, second.shape.length - 2);
  const rank = Math.max(first.shape.length, second.shape.length) + 1;
  return empty(call, f) ?? norm(f, f.sub(rows, columns), call.number("p"), { axes: [rank - 1], keepdims: false });
};

/** Distances of vectors without elements are 0. */
function empty(call: Call, f: Formula): Operand | undefined {
  if (![...call.shape, call.tensor(call.has("x1") ? "x1" : "self").shape.at(-1)].includes(0)) return undefined;
  const sizes = call.shape.map((size) => call.known(size, "the size of the result"));
  return f.emit.op("Expand", [f.emit.constant(call.dtype, 0), f.emit.int64s(sizes)]);
}

/** Every row against every later one. */
const ownDistances: Rule = (emit, call) => {
  const f = new Formula(emit);
  const self = call.tensor("self");
  const count = call.known(self.shape[0], "the number of rows");
  const none = empty(call, f);
  if (none) return none;
  const pairs = Array.from({ length: count }, (_, i) =>
    Array.from({ length: count - i - 1 }, (_, k) => [i, i + 1 + k]),
  );
  const [first, second] = [0, 1].map((side) => {
    const positions = pairs.flat().map((pair) => pair[side] ?? 0);
    return emit.op("Gather", [self, emit.constant("int64", positions, [positions.length])], { axis: 0 });
  });
  if (!first || !second) return self;
  return norm(f, f.sub(first, second), call.number("p"), { axes: [1], keepdims: false });
};

const dist: Rule = (emit, call) => {
  const f = new Formula(emit);
  const difference = f.sub(call.operand("self"), call.operand("other"));
  const flat = reshapeTo(emit, difference, [-1]);
  return norm(f, flat, call.number("p"), { axes: [0], keepdims: false });
};

/** The product of the lengths counts as at least eps squared, each length as at least eps. */
const cosineSimilarity: Rule = (emit, call) => {
  const f = new Formula(emit);
  const [first, second] = broadcast(emit, call.operand("x1"), call.operand("x2"));
  const rank = Math.max(call.tensor("x1").shape.length, call.tensor("x2").shape.length);
  const extent = { axes: rank === 0 ? [] : [call.axis("dim", rank)], keepdims: true };
  const unit = (x: Operand) => f.div(x, f.max(norm(f, x, 2, extent), call.number("eps")));
  return reduce(emit, "ReduceSum", f.mul(unit(first), unit(second)), { ...extent, keepdims: false });
};

/** Slices along `dim` whose norm is above `maxnorm` are scaled down to it. */
const renormalize: Rule = (emit, call) => {
  const f = new Formula(emit);
  const self = call.tensor("self");
  const kept = call.axis("dim", self.shape.length);
  const axes = self.shape.map((_, axis) => axis).filter((axis) => axis !== kept);
  const found = norm(f, self, call.number("p"), { axes, keepdims: true });
  const limit = call.number("maxnorm");
  const factor = f.where(f.greater(found, limit), f.div(limit, f.add(found, 1e-7)), 1);
  return f.mul(self, factor);
};

export const DISTANCE: RuleTable = {
  "aten.pairwise_distance.default": pairwiseDistance,
  "aten.cdist.default": crossDistance,
  "aten._cdist_forward.default": crossDistance,
  "aten.pdist.default": ownDistances,
  "aten._pdist_forward.default": ownDistances,
  "aten.dist.default": dist,
  "aten.cosine_similarity.default": cosineSimilarity,
  "aten.renorm.default": renormalize,
};
