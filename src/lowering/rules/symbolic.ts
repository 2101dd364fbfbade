import type { Call } from "../call.ts";
import type { Emitter } from "../emitter.ts";
import type { OnnxOpName } from "../onnx-ops.ts";
import type { Operand } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";
import { reshapeTo, sizeOf } from "../shaping.ts";
import { floorQuotient, remainder } from "./division.ts";
import { truncate } from "./elementwise.ts";

const size: Rule = (emit, call) => {
  const self = call.tensor("self");
  return emit.int64(sizeOf(emit, self, call.axis("dim", self.shape.length)));
};

const count: Rule = (emit, call) => emit.op("Size", [call.tensor("self")]);

const item: Rule = (emit, call) => reshapeTo(emit, call.tensor("self"), []);

/** On the arguments `a` and `b`, in the dtype of the result. */
function binary(op: OnnxOpName): Rule {
  return (emit, call) => emit.op(op, [call.operand("a"), call.operand("b")]);
}

const trueQuotient: Rule = (emit, call) => emit.op("Div", [call.operand("a", "float64"), call.operand("b", "float64")]);

/** Sizes are far below 2^53, so that float64 holds every operand. */
function compared(emit: Emitter, call: Call, op: OnnxOpName): Operand {
  return emit.op(op, [call.operand("a", "float64"), call.operand("b", "float64")]);
}

function comparison(op: OnnxOpName): Rule {
  return (emit, call) => compared(emit, call, op);
}

const notEqual: Rule = (emit, call) => emit.op("Not", [compared(emit, call, "Equal")]);

/** Towards zero; whole numbers stay what they are. */
function wholePart(name: string): Rule {
  return (emit, call) => truncate(emit, call.operand(name, "float64"));
}

const squareRoot: Rule = (emit, call) => emit.op("Sqrt", [call.operand("a", "float64")]);

/** The argument itself, in the dtype of the result. */
const same: Rule = (_, call) => call.operand("a");

/** The condition comes first, under whatever name. */
const choice: Rule = (emit, call) => {
  const [condition, yes, no] = call.argumentNames;
  if (!condition || !yes || !no) return call.refuse("it takes three arguments");
  return emit.op("Where", [call.operand(condition, "bool"), call.operand(yes), call.operand(no)]);
};

export const SYMBOLIC: RuleTable = {
  "aten.sym_size.int": size,
  "aten.size.int": size,
  "aten.sym_numel.default": count,
  "aten.numel.default": count,
  "aten.item.default": item,
  "aten._local_scalar_dense.default": item,
  "_operator.add": binary("Add"),
  "_operator.sub": binary("Sub"),
  "_operator.mul": binary("Mul"),
  "_operator.pow": binary("Pow"),
  "_operator.truediv": trueQuotient,
  "_operator.floordiv": floorQuotient("a", "b"),
  "_operator.mod": remainder("a", "b"),
  "_operator.neg": (emit, call) => emit.op("Neg", [call.operand("a")]),
  "_operator.pos": same,
  "_operator.eq": comparison("Equal"),
  "_operator.ne": notEqual,
  "_operator.lt": comparison("Less"),
  "_operator.le": comparison("LessOrEqual"),
  "_operator.gt": comparison("Greater"),
  "_operator.ge": comparison("GreaterOrEqual"),
  "_operator.and_": binary("And"),
  "_operator.or_": binary("Or"),
  "torch.sym_max": binary("Max"),
  "torch.sym_min": binary("Min"),
  "torch.sym_float": same,
  "torch.sym_int": wholePart("a"),
  "torch.sym_ite": choice,
  "torch.sym_not": (emit, call) => emit.op("Not", [call.operand("a", "bool")]),
  "torch._sym_sqrt": squareRoot,
  "torch.sym_sqrt": squareRoot,
  "math.trunc": wholePart("x"),
};
