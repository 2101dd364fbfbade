import { DTYPES } from "../../core/index.ts";
import type { Call } from "../call.ts";
import type { Constant } from "../constants.ts";
import type { Emitter } from "../emitter.ts";
import type { Operand } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";
import { shapeVector, unsqueeze } from "../shaping.ts";
import { truncate } from "./elementwise.ts";

/** A tensor of the sizes that the argument `size` gives, all of one value. */
function filled(value: (emit: Emitter, call: Call) => Operand): Rule {
  return (emit, call) => emit.op("Expand", [value(emit, call), emit.int64s(call.sizes("size"))]);
}

/** A tensor of the shape of `self`, all of one value. */
function filledLike(value: (emit: Emitter, call: Call) => Operand): Rule {
  return (emit, call) => emit.op("Expand", [value(emit, call), shapeVector(emit, call.tensor("self"))]);
}

const constant =
  (value: Constant) =>
  (emit: Emitter, call: Call): Operand =>
    emit.constant(call.dtype, value);

const argument =
  (name: string) =>
  (_: Emitter, call: Call): Operand =>
    call.converted(name);

/** Values that are sums of steps: integers exactly, floats in float64 and then rounded, as PyTorch computes them. */
const arange: Rule = (emit, call) => {
  const dtype = call.dtype === "int64" ? "int64" : "float64";
  const bound = (name: string, value: number) =>
    call.has(name) ? call.converted(name, dtype) : emit.constant(dtype, value);
  const [start, end, step] = [bound("start", 0), bound("end", 0), bound("step", 1)];
  if (dtype === "int64") return emit.op("Range", [start, end, step]);
  const count = emit.op("Ceil", [emit.op("Div", [emit.op("Sub", [end, start]), step])]);
  const steps = emit.op("Range", [emit.constant(dtype, 0), count, emit.constant(dtype, 1)]);
  return emit.op("Add", [start, emit.op("Mul", [steps, step])]);
};

/** The ends of a range: those of whole numbers are cut to such first. */
function rangeEnd(emit: Emitter, call: Call, name: string): Operand {
  const given = call.operand(name, "float64");
  return DTYPES[call.dtype].category === "int" ? truncate(emit, given) : given;
}

/** PyTorch counts from the end that is nearer. */
function evenSteps(emit: Emitter, call: Call): Operand {
  const [start, end] = [rangeEnd(emit, call, "start"), rangeEnd(emit, call, "end")];
  const count = emit.int64(call.size("steps"));
  const gaps = emit.op("Max", [emit.op("Sub", [count, emit.int64(1)]), emit.int64(1)]);
  const step = emit.op("Div", [emit.op("Sub", [end, start]), emit.cast(gaps, "float64")]);
  const index = emit.op("Range", [emit.int64(0), count, emit.int64(1)]);
  const fromEnd = emit.op("Sub", [emit.op("Sub", [count, emit.int64(1)]), index]);
  const times = (steps: Operand) => emit.op("Mul", [emit.cast(steps, "float64"), step]);
  const half = emit.op("Max", [emit.op("Div", [count, emit.int64(2)]), emit.int64(1)]);
  const isFirstHalf = emit.op("Less", [index, half]);
  return emit.op("Where", [isFirstHalf, emit.op("Add", [start, times(index)]), emit.op("Sub", [end, times(fromEnd)])]);
}

/** Powers of `base`; whole numbers step in float32 from the start alone. */
const logspace: Rule = (emit, call) => {
  const base = emit.constant("float64", call.number("base"));
  if (DTYPES[call.dtype].category === "float") return emit.op("Pow", [base, evenSteps(emit, call)]);
  const [start, end] = [rangeEnd(emit, call, "start"), rangeEnd(emit, call, "end")].map((each) =>
    emit.cast(each, "float32"),
  );
  const count = emit.int64(call.size("steps"));
  const gaps = emit.op("Max", [emit.op("Sub", [count, emit.int64(1)]), emit.int64(1)]);
  if (!start || !end) return base;
  const step = emit.op("Div", [emit.op("Sub", [end, start]), emit.cast(gaps, "float32")]);
  const index = emit.cast(emit.op("Range", [emit.int64(0), count, emit.int64(1)]), "float32");
  const exponent = emit.op("Add", [start, emit.op("Mul", [step, index])]);
  return emit.op("Pow", [base, emit.cast(exponent, "float64")]);
};

const identityMatrix: Rule = (emit, call) => {
  const range = (name: string) => emit.op("Range", [emit.int64(0), emit.int64(call.size(name)), emit.int64(1)]);
  const columns = range(call.has("m") ? "m" : "n");
  return emit.cast(emit.op("Equal", [unsqueeze(emit, range("n"), 1), columns]), call.dtype);
};

const MOST_INDICES = 2 ** 20;

/** Rows and columns of all cells on one side of a diagonal. */
function triangleIndices(isKept: (row: number, column: number, offset: number) => boolean): Rule {
  return (emit, call) => {
    const [rows, columns, offset] = [call.number("row"), call.number("col"), call.number("offset")];
    if (rows * columns > MOST_INDICES) return call.refuse("more indices than fit a table");
    const cells = Array.from({ length: rows * columns }, (_, i) => [Math.floor(i / columns), i % columns] as const);
    const kept = cells.filter(([row, column]) => isKept(row, column, offset));
    const values = [...kept.map(([row]) => row), ...kept.map(([, column]) => column)];
    return emit.cast(emit.constant("int64", values, [2, kept.length]), call.dtype);
  };
}

const scalarTensor: Rule = (_, call) => call.converted("s");

const copy: Rule = (emit, call) => emit.op("Expand", [call.operand("src"), shapeVector(emit, call.tensor("self"))]);

function overloads(operator: string, rule: Rule): RuleTable {
  const names = ["default", "Tensor_Tensor", "Tensor_Scalar", "Scalar_Tensor"];
  return Object.fromEntries(names.map((name) => [`aten.${operator}.${name}`, rule]));
}

export const CREATION: RuleTable = {
  "aten.zeros.default": filled(constant(0)),
  "aten.ones.default": filled(constant(1)),
  "aten.full.default": filled(argument("fill_value")),
  "aten.empty.memory_format": filled(constant(0)),
  "aten.empty_permuted.default": filled(constant(0)),
  "aten.empty_strided.default": filled(constant(0)),
  "aten.new_empty_strided.default": filled(constant(0)),
  "aten.new_zeros.default": filled(constant(0)),
  "aten.new_ones.default": filled(constant(1)),
  "aten.new_full.default": filled(argument("fill_value")),
  "aten.new_empty.default": filled(constant(0)),
  "aten.zeros_like.default": filledLike(constant(0)),
  "aten.ones_like.default": filledLike(constant(1)),
  "aten.full_like.default": filledLike(argument("fill_value")),
  "aten.empty_like.default": filledLike(constant(0)),
  "aten.fill.Scalar": filledLike(argument("value")),
  "aten.fill.Tensor": filledLike(argument("value")),
  "aten.zero.default": filledLike(constant(0)),
  "aten.copy.default": copy,
  "aten.arange.default": arange,
  "aten.arange.start": arange,
  "aten.arange.start_step": arange,
  ...overloads("linspace", evenSteps),
  ...overloads("logspace", logspace),
  "aten.eye.default": identityMatrix,
  "aten.eye.m": identityMatrix,
  "aten.tril_indices.default": triangleIndices((row, column, offset) => column - row <= offset),
  "aten.triu_indices.default": triangleIndices((row, column, offset) => column - row >= offset),
  "aten.scalar_tensor.default": scalarTensor,
};
