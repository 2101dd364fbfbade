import type { Call } from "../call.ts";
import type { Emitter } from "../emitter.ts";
import type { Operand } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";
import { END, slice } from "../shaping.ts";

/** Differences of differences of more than this order are refused. */
const LARGEST_ORDER = 64;

function orderOf(call: Call): number {
  const order = call.number("n");
  return order <= LARGEST_ORDER ? order : call.refuse(`differences of order ${order}`);
}

/** `self` between what goes before and after it. */
function extended(emit: Emitter, call: Call, axis: number): Operand {
  const parts = ["prepend", "self", "append"].filter((name) => call.has(name)).map((name) => call.operand(name));
  return parts.length === 1 && parts[0] ? parts[0] : emit.op("Concat", parts, { axis });
}

/** Each element less the one before; of booleans, whether they differ. */
function differences(emit: Emitter, input: Operand, axis: number): Operand {
  const op = input.dtype === "bool" ? "Xor" : "Sub";
  return emit.op(op, [slice(emit, input, axis, 1, END), slice(emit, input, axis, 0, -1)]);
}

const diff: Rule = (emit, call) => {
  const axis = call.axis("dim", call.tensor("self").shape.length);
  const order = orderOf(call);
  if (order === 0) return call.tensor("self");
  return Array.from({ length: order }).reduce<Operand>(
    (input) => differences(emit, input, axis),
    extended(emit, call, axis),
  );
};

export const DIFFERENCE: RuleTable = {
  "aten.diff.default": diff,
};
