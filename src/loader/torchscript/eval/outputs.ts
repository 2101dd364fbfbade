import { leafNames, type PyTree } from "../../pytree.ts";
import { uniqueNames } from "../../user-outputs.ts";
import { numberTensor } from "./host/number-tensors.ts";
import type { Session } from "./session.ts";
import { DictValue, type EvalValue, ListValue, LostValue, ScalarValue, TensorValue, TupleValue } from "./values.ts";

interface Leaves {
  readonly tree: PyTree;
  readonly values: readonly EvalValue[];
}

const LEAF: PyTree = { isLeaf: true, children: [] };

function branchOf(session: Session, items: readonly EvalValue[], keys?: readonly string[]): Leaves {
  const parts = items.map((item) => leavesOf(session, item));
  const tree = { isLeaf: false, children: parts.map((part) => part.tree), ...(keys && { keys }) };
  return { tree, values: parts.flatMap((part) => part.values) };
}

function leavesOf(session: Session, value: EvalValue): Leaves {
  session.fuel.walk();
  if (value instanceof ListValue) return branchOf(session, value.content);
  if (value instanceof TupleValue) return branchOf(session, value.items, value.fields);
  if (value instanceof DictValue)
    return branchOf(session, [...value.content.values()], [...value.content.keys()].map(String));
  return { tree: LEAF, values: [value] };
}

function asTensor(session: Session, value: EvalValue): TensorValue | undefined {
  if (value instanceof LostValue) return session.refuse(value.reason, "let the branches give values of one type");
  if (value instanceof ScalarValue) return numberTensor(session, value);
  return value instanceof TensorValue ? value : undefined;
}

/** Makes what forward returns the outputs of the graph, under other names than the reserved ones; constants among it are left out, as torch.export does. */
export function writeOutputs(session: Session, result: EvalValue, reserved: readonly string[]): void {
  const { tree, values } = leavesOf(session, result);
  const names = uniqueNames([...reserved, ...leafNames(tree)]).slice(reserved.length);
  const tensors = values.map((value) => asTensor(session, value));
  if (tensors.every((tensor) => tensor === undefined))
    session.refuse("a model that returns no tensor", `let ${session.method} return one`);
  for (const [i, tensor] of tensors.entries()) {
    if (tensor) session.scope.builder.output(names[i] ?? `output_${i}`, session.place(tensor));
  }
}
