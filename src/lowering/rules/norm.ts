import type { Emitter } from "../emitter.ts";
import type { Operand, ShapedOperand } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";
import { type Extent, extentOf, extremum, reduce } from "./reduction.ts";

type Norm = (emit: Emitter, input: Operand, extent: Extent) => Operand;

/** Norms that are not sums of powers of the magnitudes. */
const SPECIAL: Readonly<Record<string, Norm>> = {
  Infinity: (emit, input, extent) => extremum(emit, "ReduceMax", emit.op("Abs", [input]), extent),
  "-Infinity": (emit, input, extent) => extremum(emit, "ReduceMin", emit.op("Abs", [input]), extent),
  "0": (emit, input, extent) => {
    const isZero = emit.op("Equal", [input, emit.like(input, 0)]);
    return reduce(emit, "ReduceSum", emit.cast(emit.op("Not", [isZero]), input.dtype), extent);
  },
  "1": (emit, input, extent) => reduce(emit, "ReduceSum", emit.op("Abs", [input]), extent),
  "2": (emit, input, extent) =>
    extent.axes.length === 0 ? emit.op("Abs", [input]) : reduce(emit, "ReduceL2", input, extent),
};

function powerNorm(emit: Emitter, input: Operand, extent: Extent, order: number): Operand {
  const powers = emit.op("Pow", [emit.op("Abs", [input]), emit.like(input, order)]);
  return emit.op("Pow", [reduce(emit, "ReduceSum", powers, extent), emit.like(input, 1 / order)]);
}

/** Of nothing there is a native sum but no native norm. */
export function vectorNormOf(emit: Emitter, input: ShapedOperand, order: number, extent: Extent): Operand {
  if (order === 2 && input.shape.includes(0)) {
    return emit.op("Sqrt", [reduce(emit, "ReduceSum", emit.op("Mul", [input, input]), extent)]);
  }
  const norm: Norm = SPECIAL[String(order)] ?? ((...given) => powerNorm(...given, order));
  return norm(emit, input, extent);
}

/** The vector norm whose order the argument `orderName` gives, 2 when absent. */
function vectorNorm(orderName: string): Rule {
  return (emit, call) => {
    const order = call.has(orderName) ? call.number(orderName) : 2;
    return vectorNormOf(emit, emit.cast(call.tensor("self"), call.dtype), order, extentOf(call));
  };
}

export const NORM: RuleTable = {
  "aten.linalg_vector_norm.default": vectorNorm("ord"),
  "aten.norm.Scalar": vectorNorm("p"),
  "aten.norm.ScalarOpt_dim": vectorNorm("p"),
  "aten.norm.ScalarOpt_dim_dtype": vectorNorm("p"),
  "aten.norm.ScalarOpt_dtype": vectorNorm("p"),
};
