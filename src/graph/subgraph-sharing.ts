import { aliasingOf } from "./aliasing.ts";
import { subgraphUses } from "./higher-order.ts";
import { changedTensor, isMutating } from "./in-place.ts";
import { schemaOf } from "./schema-table.ts";
import { type Argument, type Graph, isSubgraphRef, isValueRef, type Node, type Value } from "./types.ts";

/** What a value may share its memory with, by the node that makes it. */
function sourcesOf(value: Value, makers: ReadonlyMap<Value, Node>): readonly Value[] {
  const node = makers.get(value);
  const schema = node && schemaOf(node.target);
  if (node === undefined || schema === undefined) return [];
  if (isMutating(node)) return [changedTensor(node, schema)];
  const index = node.outputs.indexOf(value);
  const aliasing = aliasingOf(node, schema, index);
  if (aliasing !== undefined) return aliasing.sharing === "nothing" ? [] : [aliasing.source];
  return operandsShared(node, index);
}

function makersOf(nodes: readonly Node[]): ReadonlyMap<Value, Node> {
  return new Map(nodes.flatMap((node) => node.outputs.flatMap((value) => (value ? [[value, node]] : []))));
}

function sharedBy(value: Value, makers: ReadonlyMap<Value, Node>): ReadonlySet<Value> {
  const found = new Set([value]);
  for (const each of found) for (const source of sourcesOf(each, makers)) found.add(source);
  return found;
}

/** The values of a program, `value` among them, of which `value` may be a view. */
export function memorySources(value: Value, nodes: readonly Node[]): ReadonlySet<Value> {
  return sharedBy(value, makersOf(nodes));
}

/** The values of a program that its in-place operators may change, through views too. */
export function changedValues(nodes: readonly Node[]): ReadonlySet<Value> {
  const makers = makersOf(nodes);
  const changed = nodes.flatMap((node) => {
    const schema = isMutating(node) ? schemaOf(node.target) : undefined;
    return schema ? [...sharedBy(changedTensor(node, schema), makers)] : [];
  });
  return new Set(changed);
}

/** The positions of the inputs that each output of a graph may share its memory with. */
function inputsShared({ inputs, nodes, outputs }: Graph): readonly (readonly number[])[] {
  const makers = makersOf(nodes);
  return outputs.map(({ value }) => {
    const found = sharedBy(value, makers);
    return inputs.flatMap((input, i) => (found.has(input.value) ? [i] : []));
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
