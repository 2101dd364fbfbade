import { type SubgraphUse, subgraphUses } from "./higher-order.ts";
import { formatType } from "./print.ts";
import {
  type Argument,
  type Graph,
  isSubgraphRef,
  isValueRef,
  type Node,
  type Value,
  type ValueType,
} from "./types.ts";

function isList(arg: Argument | undefined): arg is readonly Argument[] {
  return Array.isArray(arg);
}

/** Whether a value of type `given` may stand where `expected` is. Sizes are not compared: loops may change them. */
function agrees(given: ValueType, expected: ValueType, isSliced = false): boolean {
  if (given.dtype !== expected.dtype) return false;
  if (given.kind === "scalar" || expected.kind === "scalar") return given.kind === expected.kind && !isSliced;
  return given.shape.length - (isSliced ? 1 : 0) === expected.shape.length;
}

function acceptsOperand({ type }: Value, operand: Argument, isSliced: boolean): boolean {
  if (isValueRef(operand)) return agrees(operand.value.type, type, isSliced);
  return type.kind === "scalar" && !isSliced && operand !== null && typeof operand !== "object";
}

function inputsProblem({ args }: Node, { parameter, takes }: SubgraphUse, { inputs }: Graph): string | undefined {
  const operands = takes.flatMap(({ parameter: list, isSliced }) => {
    const arg = args[list];
    return isList(arg) ? arg.map((operand) => ({ operand, isSliced })) : [];
  });
  if (operands.length !== inputs.length) {
    return `${parameter} takes ${inputs.length} inputs, but there are ${operands.length} operands`;
  }
  const misfit = operands.findIndex(({ operand, isSliced }, i) => {
    const input = inputs[i];
    return input === undefined || !acceptsOperand(input.value, operand, isSliced);
  });
  return misfit < 0 ? undefined : `operand ${misfit} is not what ${parameter} takes as ${inputs[misfit]?.name}`;
}

/** Scan and map stack some results, so that they have one axis more than the outputs of the graph. */
function givesResult(result: Value | null, { type }: Value, mayStack: boolean): boolean {
  if (result === null || agrees(type, result.type)) return true;
  return mayStack && agrees(result.type, type, true);
}

function outputsProblem(node: Node, { parameter, gives, takes }: SubgraphUse, { outputs }: Graph): string | undefined {
  if (gives === "condition") {
    const [condition, ...more] = outputs;
    const isCondition = condition?.value.type.dtype === "bool" && more.length === 0;
    return isCondition ? undefined : `${parameter} does not give one boolean`;
  }
  if (outputs.length !== node.outputs.length) {
    return `${parameter} gives ${outputs.length} results, not ${node.outputs.length}`;
  }
  const mayStack = takes.some(({ isSliced }) => isSliced);
  const misfit = outputs.find(({ value }, i) => !givesResult(node.outputs[i] ?? null, value, mayStack));
  return misfit && `${parameter} gives ${formatType(misfit.value.type)} as ${misfit.name}`;
}

function problemOf(node: Node, use: SubgraphUse): string | undefined {
  const arg = node.args[use.parameter];
  if (!isSubgraphRef(arg)) return undefined;
  if (arg.graph.weights.length > 0) return `${use.parameter} has weights of its own`;
  return inputsProblem(node, use, arg.graph) ?? outputsProblem(node, use, arg.graph);
}

/** What about the subgraphs of a call does not fit its operands and results; undefined when all does. */
export function subgraphProblem(node: Node): string | undefined {
  for (const use of subgraphUses(node.target)) {
    const problem = problemOf(node, use);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
