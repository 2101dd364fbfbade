import { DTYPES } from "../../core/index.ts";
import type { Call } from "../call.ts";
import type { Emitter } from "../emitter.ts";
import { Formula } from "../formula.ts";
import type { Operand, ShapedOperand } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";
import { reshapeTo, shapeVector, sizeOf } from "../shaping.ts";
import { floorOfQuotient } from "./division.ts";
import { croppedTo } from "./scattering.ts";

/** Values that are combined into `into` at the positions that `index`, of the shape of `source`, gives along an axis. */
interface Scatter {
  readonly into: Operand;
  readonly index: Operand;
  readonly source: Operand;
  readonly axis: number;
}

type Reduction = "add" | "mul" | "max" | "min";

function scatter(emit: Emitter, { into, index, source, axis }: Scatter, reduction?: Reduction): Operand {
  return emit.op("ScatterElements", [into, index, source], { axis, reduction });
}

function spread(emit: Emitter, like: Operand, value: number | boolean, shapeOf: Operand): Operand {
  return emit.op("Expand", [emit.like(like, value), emit.op("Shape", [shapeOf])]);
}

function limit({ dtype }: Operand, isGreatest: boolean): number | bigint {
  if (DTYPES[dtype].category === "float") return isGreatest ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  if (dtype === "uint8" || dtype === "bool") return isGreatest ? 255 : 0;
  const bits = BigInt(DTYPES[dtype].bytes * 8 - 1);
  return isGreatest ? 2n ** bits - 1n : -(2n ** bits);
}

/** What is written where old values must not count, before the new ones are combined. */
const NEUTRAL: Readonly<Record<Reduction, (like: Operand) => number | bigint>> = {
  add: () => 0,
  mul: () => 1,
  max: (like) => limit(like, false),
  min: (like) => limit(like, true),
};

function prepared(emit: Emitter, given: Scatter, reduction: Reduction, includesSelf: boolean): Scatter {
  if (includesSelf) return given;
  const neutral = emit.op("Expand", [
    emit.like(given.into, NEUTRAL[reduction](given.into)),
    emit.op("Shape", [given.source]),
  ]);
  return { ...given, into: scatter(emit, { ...given, source: neutral }) };
}

/** The native kernels may pass over NaN: what has one among its values is NaN. */
function extremum(emit: Emitter, given: Scatter, reduction: "max" | "min", includesSelf: boolean): Operand {
  const start = prepared(emit, given, reduction, includesSelf);
  const found = scatter(emit, start, reduction);
  if (!emit.isFloating(found)) return found;
  const f = new Formula(emit);
  const mark = (operand: Operand) => emit.cast(f.isNaN(operand), "int64");
  const marks = scatter(emit, { ...start, into: mark(start.into), source: mark(given.source) }, "add");
  return f.where(f.greater(marks, 0), Number.NaN, found);
}

function mean(emit: Emitter, given: Scatter, includesSelf: boolean): Operand {
  const f = new Formula(emit);
  const sums = scatter(emit, prepared(emit, given, "add", includesSelf), "add");
  const ones = spread(emit, given.into, 1, given.source);
  const start = spread(emit, given.into, includesSelf ? 1 : 0, given.into);
  const counts = f.max(scatter(emit, { ...given, into: start, source: ones }, "add"), 1);
  return emit.isFloating(sums) ? f.div(sums, counts) : floorOfQuotient(emit, sums, counts);
}

type Combine = (emit: Emitter, given: Scatter, includesSelf: boolean) => Operand;

const add: Combine = (emit, given, includes) => scatter(emit, prepared(emit, given, "add", includes), "add");
const multiply: Combine = (emit, given, includes) => scatter(emit, prepared(emit, given, "mul", includes), "mul");

const COMBINATIONS: ReadonlyMap<string, Combine> = new Map<string, Combine>([
  ["sum", add],
  ["add", add],
  ["prod", multiply],
  ["multiply", multiply],
  ["mean", mean],
  ["amax", (emit, given, includes) => extremum(emit, given, "max", includes)],
  ["amin", (emit, given, includes) => extremum(emit, given, "min", includes)],
]);

function combination(call: Call): Combine {
  const name = call.string("reduce");
  return COMBINATIONS.get(name) ?? call.refuse(`reduce ${name}`);
}

/** Runs on tensors of at least one axis; a 0-d tensor is scattered into as one of one element. */
function withAxis(emit: Emitter, call: Call, self: Operand, run: (self: Operand, axis: number) => Operand): Operand {
  const rank = call.shape.length;
  if (rank > 0) return run(self, call.axis("dim", rank));
  return reshapeTo(emit, run(reshapeTo(emit, self, [1]), 0), []);
}

function vectorIfScalar(emit: Emitter, operand: ShapedOperand): ShapedOperand {
  return operand.shape.length > 0 ? operand : { ...reshapeTo(emit, operand, [1]), shape: [1] };
}

function sourceOf(emit: Emitter, call: Call, index: ShapedOperand): Operand {
  if (!call.has("src")) return emit.op("Expand", [call.converted("value"), shapeVector(emit, index)]);
  const source = vectorIfScalar(emit, emit.cast(call.tensor("src"), call.dtype));
  return croppedTo(emit, source, index);
}

/** The native kernels combine no booleans. */
function combinable(emit: Emitter, given: Scatter): Scatter {
  if (given.into.dtype !== "bool") return given;
  return { ...given, into: emit.cast(given.into, "int32"), source: emit.cast(given.source, "int32") };
}

const scatterReduce: Rule = (emit, call) => {
  const index = vectorIfScalar(emit, emit.cast(call.tensor("index"), "int64"));
  const includesSelf = call.has("include_self") ? call.boolean("include_self") : true;
  return withAxis(emit, call, call.operand("self"), (into, axis) => {
    const given = combinable(emit, { into, index, source: sourceOf(emit, call, index), axis });
    return combination(call)(emit, given, includesSelf);
  });
};

/** Spreads a vector of positions along `axis` over the shape of what is written. */
function spreadIndex(emit: Emitter, call: Call, source: ShapedOperand, axis: number): Operand {
  const index = emit.cast(call.tensor("index"), "int64");
  const line = reshapeTo(
    emit,
    index,
    source.shape.map((_, i) => (i === axis ? -1 : 1)),
  );
  return emit.op("Expand", [line, shapeVector(emit, source)]);
}

function scatterRows(emit: Emitter, call: Call, combine: (given: Scatter) => Operand): Operand {
  return withAxis(emit, call, call.operand("self"), (into, axis) => {
    const source = vectorIfScalar(emit, emit.cast(call.tensor("source"), call.dtype));
    return combine({ into, index: spreadIndex(emit, call, source, axis), source, axis });
  });
}

const indexReduce: Rule = (emit, call) =>
  scatterRows(emit, call, (given) => combination(call)(emit, given, call.boolean("include_self")));

const indexAdd: Rule = (emit, call) => {
  const f = new Formula(emit);
  const alpha = call.number("alpha");
  return scatterRows(emit, call, (given) => {
    if (given.into.dtype === "bool") return anyAdded(emit, given, alpha !== 0);
    return scatter(emit, alpha === 1 ? given : { ...given, source: f.mul(given.source, alpha) }, "add");
  });
};

/** A sum of booleans is whether any is true. */
function anyAdded(emit: Emitter, given: Scatter, counts: boolean): Operand {
  if (!counts) return given.into;
  const wide = { ...given, into: emit.cast(given.into, "int64"), source: emit.cast(given.source, "int64") };
  return emit.cast(scatter(emit, wide, "add"), "bool");
}

const indexCopy: Rule = (emit, call) => scatterRows(emit, call, (given) => scatter(emit, given));

const indexFill: Rule = (emit, call) => {
  const self = call.tensor("self");
  const index = vectorIfScalar(emit, emit.cast(call.tensor("index"), "int64"));
  return withAxis(emit, call, self, (into, axis) => {
    const shape = self.shape.length === 0 ? [1] : self.shape;
    const rest = shape.map((_, i) => (i === axis ? sizeOf(emit, index, 0) : sizeOf(emit, { ...into, shape }, i)));
    const positions = reshapeTo(
      emit,
      index,
      shape.map((_, i) => (i === axis ? -1 : 1)),
    );
    const sizes = emit.int64s(rest);
    const source = emit.op("Expand", [call.converted("value"), sizes]);
    return scatter(emit, { into, index: emit.op("Expand", [positions, sizes]), source, axis });
  });
};

/** Writes into the flat tensor. */
const put: Rule = (emit, call) => {
  const self = call.tensor("self");
  const flat = (name: string) => reshapeTo(emit, call.tensor(name), [-1]);
  const given = { into: flat("self"), index: emit.cast(flat("index"), "int64"), source: flat("source"), axis: 0 };
  const accumulates = call.boolean("accumulate");
  const isBoolean = self.dtype === "bool";
  const written = accumulates && isBoolean ? anyAdded(emit, given, true) : undefined;
  const result = written ?? scatter(emit, given, accumulates ? "add" : undefined);
  return emit.op("Reshape", [result, shapeVector(emit, self)], { allowzero: 1 });
};

export const REDUCE_SCATTER: RuleTable = {
  "aten.scatter_reduce.two": scatterReduce,
  "aten.scatter.reduce": scatterReduce,
  "aten.scatter.value_reduce": scatterReduce,
  "aten.index_reduce.default": indexReduce,
  "aten.index_add.default": indexAdd,
  "aten.index_copy.default": indexCopy,
  "aten.index_fill.int_Scalar": indexFill,
  "aten.index_fill.int_Tensor": indexFill,
  "aten.put.default": put,
};
