import { aliasingOf } from "./aliasing.ts";
import { subgraphUses } from "./higher-order.ts";
import { schemaOf } from "./schema-table.ts";
import { type Argument, type Graph, isSubgraphRef, isValueRef, type Node, type Value } from "./types.ts";

/** What a value may share its memory with, by the node that makes it. */
function sourcesOf(value: Value, makers: ReadonlyMap<Value, Node>): readonly Value[] {
  const node = makers.get(value);
  const schema = node && schemaOf(node.target);
  if (node === undefined || schema === undefined) return [];
  const index = node.outputs.indexOf(value);
  const aliasing = aliasingOf(node, schema, index);
  if (aliasing !== undefined) return aliasing.sharing === "nothing" ? [] : [aliasing.source];
  return operandsShared(node, index);
}

/** The positions of the inputs that each output of a graph may share its memory with. */
function inputsShared({ inputs, nodes, outputs }: Graph): readonly (readonly number[])[] {
  const makers = new Map(nodes.flatMap((node) => node.outputs.flatMap((value) => (value ? [[value, node]] : []))));
  return outputs.map(({ value: output }) => {
    const found = new Set([output]);
    for (const value of found) for (const source of sourcesOf(value, makers)) found.add(source);
    return inputs.flatMap(({ value }, i) => (found.has(value) ? [i] : []));
  });
}

/** A loop that does not run gives what it was given, one that does perhaps what its body was given. */
function throughLoop(index: number, shared: readonly (readonly number[])[]): ReadonlySet<number> {
  const found = new Set([index]);
  for (const input of found) for (const source of shared[input] ?? []) found.add(source);
  return found;
}

const LOOPS: ReadonlyMap<string, string> = new Map([
  ["higher_order.while_loop", "carried_inputs"],
  ["higher_order.scan", "init"],
]);

function listed(node: Node, parameter: string): readonly Argument[] {
  const arg = node.args[parameter];
  return Array.isArray(arg) ? arg : [];
}

/** The operands that result `index` of a call with subgraphs may share its memory with; none for other calls. */
export function operandsShared(node: Node, index: number): readonly Value[] {
  const carried = LOOPS.get(node.target);
  const isCarried = carried !== undefined && index < listed(node, carried).length;
  return subgraphUses(node.target).flatMap(({ parameter, takes, gives }) => {
    const arg = node.args[parameter];
    if (!isSubgraphRef(arg) || gives === "condition") return [];
    const shared = inputsShared(arg.graph);
    const inputs = isCarried ? throughLoop(index, shared) : carried === undefined ? (shared[index] ?? []) : [];
    const operands = takes.flatMap(({ parameter: list }) => listed(node, list));
    return [...inputs].flatMap((input) => {
      const operand = operands[input];
      return isValueRef(operand) && operand.value.type.kind === "tensor" ? [operand.value] : [];
    });
  });
}
