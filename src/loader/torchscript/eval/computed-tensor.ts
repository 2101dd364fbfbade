import { createHash } from "node:crypto";
import { symbolsOf } from "../../../core/index.ts";
import {
  type Argument,
  isMutating,
  mapArguments,
  memorySources,
  type Node,
  schemaOf,
  subgraphsOf,
  type Value,
  valuesIn,
  type Weight,
} from "../../../graph/index.ts";
import type { Session } from "./session.ts";
import { TensorValue } from "./values.ts";

/** A tensor that no input decides, such as a table that a module makes in its first call: what computes it. */
export interface ComputedTensor {
  readonly nodes: readonly Node[];
  readonly weights: readonly Weight[];
  readonly value: Value;
  /** The same for what is computed alike. */
  readonly text: string;
}

const RANDOM = /rand|normal|uniform|bernoulli|exponential|multinomial|dropout|rrelu|poisson|geometric|cauchy/;

function takenBy({ args }: Node): readonly Value[] {
  return Object.values(args).flatMap(valuesIn);
}

/** The memory that an in-place operator changes. */
function changedMemory(node: Node, nodes: readonly Node[]): ReadonlySet<Value> {
  const parameters = isMutating(node) ? (schemaOf(node.target)?.parameters ?? []) : [];
  const written = parameters.filter(({ type }) => type.alias?.write);
  const values = written.flatMap(({ name }) => valuesIn(node.args[name] ?? null));
  return new Set(values.flatMap((value) => [...memorySources(value, nodes)]));
}

/** The nodes that a value depends on, those that change it in place among them. */
function dependencies(value: Value, nodes: readonly Node[]): readonly Node[] {
  const memory = new Map(nodes.map((node) => [node, changedMemory(node, nodes)]));
  const needed = new Set([value]);
  const found = new Set<Node>();
  for (let size = -1; size !== found.size; ) {
    size = found.size;
    for (const node of nodes.toReversed()) {
      const isMaker = node.outputs.some((output) => output && needed.has(output));
      if (found.has(node) || !(isMaker || [...(memory.get(node) ?? [])].some((each) => needed.has(each)))) continue;
      found.add(node);
      for (const taken of takenBy(node)) needed.add(taken);
    }
  }
  return nodes.filter((node) => found.has(node));
}

/** Whether a node gives the same in every call. */
function isFixed(node: Node): boolean {
  const isOpen = node.outputs.some(
    (output) => output?.type.kind === "tensor" && output.type.shape.some((size) => symbolsOf(size).length > 0),
  );
  return !isOpen && subgraphsOf(node).length === 0 && !RANDOM.test(node.target);
}

function weightText({ name, location: { storage, dtype, shape } }: Weight): string {
  const bytes = storage.kind === "memory" ? createHash("sha256").update(storage.bytes).digest("hex") : name;
  return `${bytes} ${dtype} ${shape.join()}`;
}

function textOf(nodes: readonly Node[], weights: readonly Weight[], value: Value): string {
  const names = new Map<Value, string>(weights.map((weight) => [weight.value, weightText(weight)]));
  const results = nodes.flatMap(({ outputs }) => outputs);
  for (const [i, output] of results.entries()) if (output) names.set(output, `%${i}`);
  const plain = (arg: Argument): unknown => {
    if (Array.isArray(arg)) return arg.map((item: Argument) => plain(item));
    if (typeof arg === "bigint") return `${arg}n`;
    return typeof arg === "object" && arg !== null && "value" in arg ? { value: names.get(arg.value) } : arg;
  };
  const lines = nodes.map(({ target, args }) => [
    target,
    Object.entries(args).map(([name, arg]) => [name, plain(arg)]),
  ]);
  return JSON.stringify([...lines, names.get(value)]);
}

/** What computes a tensor of the graph; undefined when inputs, or chance, decide it. */
export function computedTensor({ scope }: Session, value: Value): ComputedTensor | undefined {
  const { nodes, weights } = scope.builder.build();
  const needed = dependencies(value, nodes);
  const made = new Set(needed.flatMap(({ outputs }) => outputs));
  const taken = [value, ...needed.flatMap(takenBy)].filter((each) => !made.has(each));
  const used = weights.filter((weight) => taken.includes(weight.value));
  const changed = new Set(needed.flatMap((node) => [...changedMemory(node, nodes)]));
  const isOwn = taken.every((each) => used.some((weight) => weight.value === each && !changed.has(each)));
  if (!isOwn || !needed.every(isFixed)) return undefined;
  return { nodes: needed, weights: used, value, text: textOf(needed, used, value) };
}

/** The weight in the graph of another call, which has those of the file by the same names. */
function weightHere({ scope }: Session, weight: Weight): Value {
  const { root } = scope;
  const { kind, name, location } = weight;
  const text = weightText(weight);
  const isSame = (each: Weight) => each.name === name && each.kind === kind && weightText(each) === text;
  const known = root.builder.build().weights.find(isSame);
  return known?.value ?? root.own(root.builder.weight(kind, name, location));
}

/** Computes the tensor in the graph of another call. */
export function compute(session: Session, { nodes, weights, value }: ComputedTensor): TensorValue {
  const here = new Map<Value | null, Value>(weights.map((weight) => [weight.value, weightHere(session, weight)]));
  session.fuel.spend(nodes.length);
  for (const { target, args, outputs, origin } of nodes) {
    const types = outputs.map((output) => output?.type ?? null);
    const moved = mapArguments(args, (each) => here.get(each) ?? each);
    const made = session.scope.add(target, moved, types, origin ?? { modulePath: "" });
    for (const [i, output] of outputs.entries()) if (made[i]) here.set(output, made[i]);
  }
  const result = here.get(value) ?? value;
  return result.type.kind === "tensor"
    ? new TensorValue(result.type, result)
    : session.refuse("a computed value that is no tensor", "save the model again");
}
