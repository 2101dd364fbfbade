import type { DType } from "../../core/index.ts";
import { required } from "../../util/index.ts";
import type { Call } from "../call.ts";
import type { Emitter } from "../emitter.ts";
import type { Operand } from "../operand.ts";
import type { Rule, RuleTable } from "../rule.ts";
import { slice, squeeze } from "../shaping.ts";

function dtypesOf(operands: readonly Operand[]): readonly DType[] {
  return operands.map(({ dtype }) => dtype);
}

const choice: Rule = (emit, call) => {
  const operands = call.operandsOf("true_fn", "operands", 0);
  if (call.isNumber("pred")) return call.subgraph(call.boolean("pred") ? "true_fn" : "false_fn", emit, operands);
  const [yes, no] = [emit.branch(), emit.branch()];
  const results = call.subgraph("true_fn", yes, operands);
  const others = call.subgraph("false_fn", no, operands);
  const unshaped = (from: readonly Operand[]) => from.map(({ name, dtype }) => ({ name, dtype }));
  const bodies = { then_branch: yes.close(unshaped(results)), else_branch: no.close(unshaped(others)) };
  return emit.run("If", [call.operand("pred", "bool")], { bodies, dtypes: dtypesOf(results) });
};

/** The condition is tested before the loop and at the end of every round, each time with the sizes that are then. */
const whileLoop: Rule = (emit, call) => {
  const carried = call.operandsOf("body_fn", "carried_inputs", 0);
  const constant = call.operandsOf("body_fn", "additional_inputs", carried.length);
  const goesOn = (where: Emitter, state: readonly Operand[]) => {
    const [condition] = call.subgraph("cond_fn", where.resized(), [...state, ...constant]);
    return required(condition, "a loop has a condition");
  };
  const first = goesOn(emit, carried);
  const round = emit.round();
  for (const dtype of ["int64", "bool"] as const) round.input("count", { dtype, shape: [] });
  const state = carried.map(({ dtype }) => round.input("carried", { dtype }));
  const next = call.subgraph("body_fn", round, [...state, ...constant]);
  const results = [goesOn(round, next), ...next].map(({ name, dtype }) => ({ name, dtype }));
  return emit.run("Loop", [undefined, first, ...carried], {
    bodies: { body: round.close(results) },
    dtypes: dtypesOf(next),
  });
};

interface Scanning {
  readonly graph: string;
  /** The list of what is carried from slice to slice, if anything is. */
  readonly carried?: string;
  readonly constant: string;
}

function carriedOperands(call: Call, { graph, carried }: Scanning): readonly Operand[] {
  return carried === undefined ? [] : call.operandsOf(graph, carried, 0);
}

/** Runs a graph on every slice of `xs` along the first axis. */
function scan(names: Scanning): Rule {
  return (emit, call) => {
    const carried = carriedOperands(call, names);
    const sliced = call.tensors("xs");
    const constant = call.operandsOf(names.graph, names.constant, carried.length + sliced.length);
    const round = emit.round();
    const inputs = [...carried, ...sliced].map(({ dtype }) => round.input("input", { dtype }));
    const results = call.subgraph(names.graph, round, [...inputs, ...constant]);
    return emit.run("Scan", [...carried, ...sliced], {
      bodies: { body: round.close(results) },
      attributes: { num_scan_inputs: sliced.length },
      dtypes: dtypesOf(results),
    });
  };
}

/** Every slice is combined with what those before it gave; the first one stands for itself. */
const associativeScan: Rule = (emit, call) => {
  const sliced = call.tensors("xs");
  const constant = call.operandsOf("combine_fn", "additional_inputs", 2 * sliced.length);
  const first = sliced.map((operand) => squeeze(emit, slice(emit, operand, 0, 0, 1), 0));
  const round = emit.round();
  const isFirst = round.input("isFirst", { dtype: "bool", shape: [] });
  const before = first.map(({ dtype }) => round.input("before", { dtype }));
  const current = sliced.map(({ dtype }) => round.input("current", { dtype }));
  const combined = call.subgraph("combine_fn", round, [...before, ...current, ...constant]);
  const results = combined.map((result, i) => round.op("Where", [isFirst, current[i], result]));
  const carried = [round.constant("bool", false), ...results];
  const scanned = emit.run("Scan", [emit.constant("bool", true), ...first, ...sliced], {
    bodies: { body: round.close([...carried, ...results]) },
    attributes: { num_scan_inputs: sliced.length },
    dtypes: dtypesOf([...carried, ...results]),
  });
  return scanned.slice(carried.length);
};

export const CONTROL_FLOW: RuleTable = {
  "higher_order.cond": choice,
  "higher_order.while_loop": whileLoop,
  "higher_order.scan": scan({ graph: "combine_fn", carried: "init", constant: "additional_inputs" }),
  "higher_order.associative_scan": associativeScan,
  "higher_order.map_impl": scan({ graph: "f", constant: "pos_args" }),
};
