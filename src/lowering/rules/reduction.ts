import { isStatic, numel } from "../../core/index.ts";
import type { Call } from "../call.ts";
import type { Emitter } from "../emitter.ts";
import type { OnnxOpName } from "../onnx-ops.ts";
import type { Operand, ShapedOperand } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";
import { reshapeTo } from "../shaping.ts";

/** How a reduction is asked for; a 0-d tensor has no axes. */
export interface Extent {
  readonly axes: readonly number[];
  readonly keepdims: boolean;
}

export function reduce(emit: Emitter, op: OnnxOpName, input: Operand, { axes, keepdims }: Extent): Operand {
  return axes.length === 0 ? input : emit.op(op, [input, emit.int64s(axes)], { keepdims: keepdims ? 1 : 0 });
}

export function extentOf(call: Call): Extent {
  const rank = call.tensor("self").shape.length;
  return { axes: call.axes("dim", rank), keepdims: call.has("keepdim") && call.boolean("keepdim") };
}

function reduction(op: OnnxOpName): Rule {
  return (emit, call) => reduce(emit, op, call.operand("self"), extentOf(call));
}

function hasNaN(emit: Emitter, input: Operand, extent: Extent): Operand {
  return reduce(emit, "ReduceMax", emit.op("IsNaN", [input]), extent);
}

/** The greatest or least element, or NaN where there is one: the native kernels skip NaN. */
export function extremum(emit: Emitter, op: "ReduceMax" | "ReduceMin", input: Operand, extent: Extent): Operand {
  const found = reduce(emit, op, input, extent);
  if (!emit.isFloating(input)) return found;
  return emit.op("Where", [hasNaN(emit, input, extent), emit.like(input, Number.NaN), found]);
}

function extremumRule(op: "ReduceMax" | "ReduceMin"): Rule {
  return (emit, call) => extremum(emit, op, call.tensor("self"), extentOf(call));
}

/** Where along `axis` the first extremum, or the first NaN, is. */
export function position(
  emit: Emitter,
  op: "ArgMax" | "ArgMin",
  input: Operand,
  axis: number,
  keepdims: boolean,
): Operand {
  const attributes = { axis, keepdims: keepdims ? 1 : 0 };
  const found = emit.op(op, [input], attributes);
  if (!emit.isFloating(input)) return found;
  const firstNaN = emit.op("ArgMax", [emit.op("IsNaN", [input])], attributes);
  return emit.op("Where", [hasNaN(emit, input, { axes: [axis], keepdims }), firstNaN, found]);
}

function positionRule(op: "ArgMax" | "ArgMin"): Rule {
  return (emit, call) => {
    const self = call.tensor("self");
    if (self.shape.length === 0) return emit.int64(0);
    if (call.has("dim")) {
      return position(emit, op, self, call.axis("dim", self.shape.length), call.boolean("keepdim"));
    }
    const found = position(emit, op, reshapeTo(emit, self, [-1]), 0, false);
    const ones = call.shape.map(() => 1);
    return reshapeTo(emit, found, ones);
  };
}

/** Values and positions along one axis. */
function extremumAlong(reduceOp: "ReduceMax" | "ReduceMin", argOp: "ArgMax" | "ArgMin"): Rule {
  return (emit, call) => {
    const self = call.tensor("self");
    if (self.shape.length === 0) return [self, emit.int64(0)];
    const axis = call.axis("dim", self.shape.length);
    const keepdims = call.boolean("keepdim");
    return [extremum(emit, reduceOp, self, { axes: [axis], keepdims }), position(emit, argOp, self, axis, keepdims)];
  };
}

/** Whether any element is true. There is no native maximum of nothing. */
function anyOf(emit: Emitter, input: Operand, { shape }: ShapedOperand, extent: Extent): Operand {
  if (!shape.includes(0)) return reduce(emit, "ReduceMax", input, extent);
  return emit.cast(reduce(emit, "ReduceSum", emit.cast(input, "int64"), extent), "bool");
}

const any: Rule = (emit, call) => anyOf(emit, call.operand("self", "bool"), call.tensor("self"), extentOf(call));

const all: Rule = (emit, call) => {
  const isFalse = emit.op("Not", [call.operand("self", "bool")]);
  return emit.op("Not", [anyOf(emit, isFalse, call.tensor("self"), extentOf(call))]);
};

/** How many elements each result is made of, as a scalar of the dtype of `input`. */
function elementCount(emit: Emitter, input: ShapedOperand, { axes }: Extent): Operand {
  const sizes = axes.map((axis) => input.shape[axis] ?? 1);
  if (isStatic(sizes)) return emit.like(input, numel(sizes));
  const chosen = emit.op("Gather", [emit.op("Shape", [input]), emit.int64s(axes)], { axis: 0 });
  return emit.cast(emit.op("ReduceProd", [chosen], { keepdims: 0 }), input.dtype);
}

/** NaN of nothing, where the native mean is 0. */
function average(emit: Emitter, input: ShapedOperand, extent: Extent): Operand {
  if (!extent.axes.some((axis) => input.shape[axis] === 0)) return reduce(emit, "ReduceMean", input, extent);
  return emit.op("Div", [reduce(emit, "ReduceSum", input, extent), elementCount(emit, input, extent)]);
}

const mean: Rule = (emit, call) => {
  const self = call.tensor("self");
  return average(emit, emit.cast(self, call.dtype), extentOf(call));
};

function correctionOf(call: Call): number {
  if (call.has("correction")) return call.number("correction");
  return call.has("unbiased") && !call.boolean("unbiased") ? 0 : 1;
}

interface Moments {
  readonly variance: Operand;
  readonly mean: Operand;
}

function moments(emit: Emitter, call: Call): Moments {
  const self = call.tensor("self");
  const extent = extentOf(call);
  const mean = average(emit, self, { ...extent, keepdims: true });
  const deviation = emit.op("Sub", [self, mean]);
  const squares = reduce(emit, "ReduceSum", emit.op("Mul", [deviation, deviation]), extent);
  const freedom = emit.op("Sub", [elementCount(emit, self, extent), emit.like(self, correctionOf(call))]);
  const variance = emit.op("Div", [squares, emit.op("Max", [freedom, emit.like(self, 0)])]);
  return { variance, mean: average(emit, self, extent) };
}

const variance: Rule = (emit, call) => moments(emit, call).variance;
const deviation: Rule = (emit, call) => emit.op("Sqrt", [moments(emit, call).variance]);

const varianceAndMean: Rule = (emit, call) => {
  const found = moments(emit, call);
  return [found.variance, found.mean];
};

const deviationAndMean: Rule = (emit, call) => {
  const found = moments(emit, call);
  return [emit.op("Sqrt", [found.variance]), found.mean];
};

function overloads(operator: string, names: readonly string[], rule: Rule): RuleTable {
  return Object.fromEntries(names.map((name) => [`aten.${operator}.${name}`, rule]));
}

export const REDUCTION: RuleTable = {
  ...overloads("sum", ["default", "dim_IntList"], reduction("ReduceSum")),
  ...overloads("mean", ["default", "dim"], mean),
  ...overloads("prod", ["default", "dim_int"], reduction("ReduceProd")),
  "aten.logsumexp.default": reduction("ReduceLogSumExp"),
  "aten.amax.default": extremumRule("ReduceMax"),
  "aten.amin.default": extremumRule("ReduceMin"),
  "aten.max.default": extremumRule("ReduceMax"),
  "aten.min.default": extremumRule("ReduceMin"),
  "aten.max.dim": extremumAlong("ReduceMax", "ArgMax"),
  "aten.min.dim": extremumAlong("ReduceMin", "ArgMin"),
  "aten.argmax.default": positionRule("ArgMax"),
  "aten.argmin.default": positionRule("ArgMin"),
  ...overloads("any", ["default", "dim", "dims"], any),
  ...overloads("all", ["default", "dim", "dims"], all),
  ...overloads("var", ["default", "dim", "correction"], variance),
  ...overloads("std", ["default", "dim", "correction"], deviation),
  ...overloads("var_mean", ["default", "dim", "correction"], varianceAndMean),
  ...overloads("std_mean", ["default", "dim", "correction"], deviationAndMean),
};
