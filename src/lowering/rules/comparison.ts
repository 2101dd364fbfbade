import type { OnnxOpName } from "../onnx-ops.ts";
import type { Rule, RuleTable } from "../rule.ts";

function comparison(op: OnnxOpName): Rule {
  return (emit, call) => {
    const dtype = call.promoted("self", "other");
    return emit.op(op, [call.operand("self", dtype), call.operand("other", dtype)]);
  };
}

const notEqual: Rule = (emit, call) => {
  const dtype = call.promoted("self", "other");
  return emit.op("Not", [emit.op("Equal", [call.operand("self", dtype), call.operand("other", dtype)])]);
};

function logical(op: "And" | "Or" | "Xor"): Rule {
  return (emit, call) => emit.op(op, [call.operand("self", "bool"), call.operand("other", "bool")]);
}

/** On booleans the logical operator, on integers that of their bits. */
function bitwise(op: "And" | "Or" | "Xor"): Rule {
  return (emit, call) => {
    const operands = [call.operand("self"), call.operand("other")];
    return emit.op(call.dtype === "bool" ? op : `Bitwise${op}`, operands);
  };
}

const bitwiseNot: Rule = (emit, call) => emit.op(call.dtype === "bool" ? "Not" : "BitwiseNot", [call.tensor("self")]);

function overloads(operator: string, rule: Rule): RuleTable {
  return { [`aten.${operator}.Tensor`]: rule, [`aten.${operator}.Scalar`]: rule };
}

export const COMPARISON: RuleTable = {
  ...overloads("eq", comparison("Equal")),
  ...overloads("ne", notEqual),
  ...overloads("lt", comparison("Less")),
  ...overloads("le", comparison("LessOrEqual")),
  ...overloads("gt", comparison("Greater")),
  ...overloads("ge", comparison("GreaterOrEqual")),
  "aten.logical_and.default": logical("And"),
  "aten.logical_or.default": logical("Or"),
  "aten.logical_xor.default": logical("Xor"),
  "aten.logical_not.default": (emit, call) => emit.op("Not", [call.operand("self", "bool")]),
  ...overloads("bitwise_and", bitwise("And")),
  ...overloads("bitwise_or", bitwise("Or")),
  ...overloads("bitwise_xor", bitwise("Xor")),
  ...overloads("__and__", bitwise("And")),
  ...overloads("__or__", bitwise("Or")),
  ...overloads("__xor__", bitwise("Xor")),
  "aten.bitwise_not.default": bitwiseNot,
};
