import { storageKey } from "../core/index.ts";
import { required } from "../util/index.ts";
import { type Aliasing, aliasingOf } from "./aliasing.ts";
import { changedTensor, isMutating, isWritten, writtenValue } from "./in-place.ts";
import { type Guard, Memory, type View } from "./memory.ts";
import { mutationError } from "./mutation-error.ts";
import { NameTable } from "./names.ts";
import { type Call, GraphRewriter } from "./rewriter.ts";
import type { Schema } from "./schema.ts";
import { schemaOf } from "./schema-table.ts";
import { operandsShared } from "./subgraph-sharing.ts";
import { twinOf } from "./twins.ts";
import {
  type Graph,
  type GraphInput,
  type GraphOutput,
  mapArguments,
  mapSubgraphs,
  type Node,
  type Origin,
  subgraphsOf,
  type Value,
  type Weight,
} from "./types.ts";
import { viewStep } from "./view-steps.ts";

/** What a name of the original graph stands for; an in-place operator's result is the same tensor as its argument. */
interface Binding {
  view: View;
}

/** These change how a tensor looks at its memory, not what is in it. */
const METADATA: ReadonlySet<string> = new Set(
  "squeeze_ unsqueeze_ t_ transpose_ swapaxes_ swapdims_ as_strided_".split(" "),
);

/** These change only what training sees. */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set(["detach_", "requires_grad_"]);

/** Why some values of a graph may not be changed. */
type Guards = ReadonlyMap<Value, Guard>;

class Functionalizer {
  readonly #graph: Graph;
  readonly #rewriter: GraphRewriter;
  readonly #guards: Guards;
  readonly #bindings = new Map<Value, Binding>();
  #origin: Origin | undefined;

  constructor(graph: Graph, guards: Guards) {
    this.#graph = graph;
    this.#rewriter = new GraphRewriter(graph);
    this.#guards = guards;
  }

  run(): Graph {
    for (const node of this.#graph.nodes) {
      this.#origin = node.origin;
      this.#process(node);
    }
    const outputs = this.#graph.outputs.map(({ name, value }) => ({ name, value: this.#read(value) }));
    return this.#withState({ ...this.#graph, outputs });
  }

  /** What a buffer that changes holds is handed in, and what it holds then is handed out. */
  #withState(graph: Graph): Graph {
    const changed = graph.weights.filter(({ value }) => this.#bindings.get(value)?.view.memory.isChanged === true);
    const isChanged = new Set(changed);
    const [taken, given] = [namesOf(graph.inputs), namesOf(graph.outputs)];
    const inputs = changed.map(({ name, value }) => ({ name: taken.fresh(name), value }));
    const outputs = changed.map(({ name, value }) => {
      const { memory } = this.#binding(value).view;
      return { name: given.fresh(name), value: memory.read(memory.root) };
    });
    return {
      ...graph,
      inputs: [...graph.inputs, ...inputs],
      weights: graph.weights.filter((weight) => !isChanged.has(weight)),
      nodes: this.#rewriter.nodes,
      outputs: [...graph.outputs, ...outputs],
    };
  }

  #process(node: Node): void {
    const schema = schemaOf(node.target);
    const current = { ...node, args: mapArguments(node.args, (value) => this.#read(value)) };
    if (schema?.parameters.some(isWritten)) {
      this.#mutate(node, current, schema);
      return;
    }
    this.#rewriter.keep(mapSubgraphs(current, functionalizeSubgraph));
    if (schema) this.#bindResults(node, current, schema);
    this.#bindShared(node);
  }

  /** What `value` of the original graph shows now. */
  #read(value: Value): Value {
    const view = this.#bindings.get(value)?.view;
    return view ? view.memory.read(view) : value;
  }

  #emit = (call: Call, like: Value): Value => this.#rewriter.call(call, like.type, this.#origin);

  #newMemory(value: Value): Memory {
    return new Memory(value, this.#guards.get(value), this.#emit);
  }

  #binding(value: Value): Binding {
    const known = this.#bindings.get(value);
    if (known) return known;
    const binding = { view: this.#newMemory(value).root };
    this.#bindings.set(value, binding);
    return binding;
  }

  /** Notes what the results of a node share; `current` is the node with what its arguments show now. */
  #bindResults(node: Node, current: Node, schema: Schema): void {
    for (const [index, output] of node.outputs.entries()) {
      const aliasing = output && aliasingOf(node, schema, index);
      if (!aliasing || aliasing.sharing === "nothing") continue;
      const source = this.#binding(aliasing.source);
      this.#bindings.set(output, this.#sharing(aliasing, source, current, index, output));
    }
  }

  /** Notes that results of a call with subgraphs may be operands of it. */
  #bindShared(node: Node): void {
    for (const [index, output] of node.outputs.entries()) {
      const sources = output && operandsShared(node, index);
      if (!sources || sources.length === 0) continue;
      const { memory } = this.#binding(output).view;
      for (const source of sources) memory.doubtIdentity(this.#binding(source).view.memory);
    }
  }

  #sharing({ sharing, parameter }: Aliasing, source: Binding, node: Node, index: number, output: Value): Binding {
    const { view } = source;
    if (sharing === "itself") return source;
    if (sharing === "memory") return { view };
    if (sharing === "view") return { view: view.memory.view(view, viewStep(node, parameter, index), output) };
    const memory = this.#newMemory(output);
    memory.doubtIdentity(view.memory);
    return { view: memory.root };
  }

  #mutate(node: Node, current: Node, schema: Schema): void {
    const binding = this.#binding(changedTensor(node, schema));
    if (METADATA.has(schema.name)) binding.view = this.#viewAnew(node, current, schema);
    else if (!WITHOUT_EFFECT.has(schema.name)) {
      const self = changedTensor(current, schema);
      const { view } = binding;
      view.memory.write(view, writtenValue({ node: current, schema, self, rewriter: this.#rewriter }), node);
    }
    for (const output of node.outputs) if (output) this.#bindings.set(output, binding);
  }

  /** Emits the view that an operator such as `unsqueeze_` makes of a tensor, and gives it. */
  #viewAnew(node: Node, current: Node, schema: Schema): View {
    const twin = required(twinOf(schema), "an operator that changes metadata has a twin");
    const [output] = node.outputs;
    if (!output) throw mutationError(node, "its result has no name", "export the model again");
    const { target } = twin;
    this.#rewriter.keep({ ...current, target });
    this.#bindResults({ ...node, target }, { ...current, target }, twin);
    return this.#binding(output).view;
  }
}

function namesOf(ports: readonly (GraphInput | GraphOutput)[]): NameTable {
  const names = new NameTable();
  for (const { name } of ports) names.reserve(name);
  return names;
}

/** The weights that may change: buffers in memory that no other weight shares. */
function stateOf(weights: readonly Weight[]): ReadonlySet<Weight> {
  const keys = weights.map(({ location }) => storageKey(location.storage));
  const counts = new Map<unknown, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return new Set(weights.filter(({ kind }, i) => kind === "buffer" && counts.get(keys[i]) === 1));
}

/** Whether a graph or what it runs has an in-place operator. */
function isInPlace({ nodes }: Graph): boolean {
  return nodes.some((node) => isMutating(node) || subgraphsOf(node).some(isInPlace));
}

/** The operands of a subgraph are seen outside of it. */
function functionalizeSubgraph(graph: Graph): Graph {
  if (!isInPlace(graph)) return graph;
  const guards = new Map<Value, Guard>();
  for (const { name, value } of graph.inputs) {
    guards.set(value, { reason: `it changes ${name}, an operand of the subgraph`, hint: "change a clone of it" });
  }
  return new Functionalizer(graph, guards).run();
}

/**
 * Replaces in-place operators by functional ones, in subgraphs too. What they change is followed through views and
 * aliases, so every later use reads what PyTorch would. Default arguments must be filled in. A write to a graph input
 * stays inside: the caller's tensor is not touched. A buffer that is written to becomes an input and an output.
 * @throws RelayError MUTATION_UNSUPPORTED for a write to another weight or to an operand of a subgraph, and where the
 * file does not tell what a write reaches.
 */
export function functionalize(graph: Graph): Graph {
  if (!isInPlace(graph)) return graph;
  const guards = new Map<Value, Guard>();
  const state = stateOf(graph.weights);
  for (const weight of graph.weights) {
    if (state.has(weight)) continue;
    const { value, kind, name } = weight;
    const reason = `it changes the ${kind} ${name}, which the next call would see`;
    guards.set(value, { reason, hint: "export the model after model.eval()" });
  }
  return new Functionalizer(graph, guards).run();
}
