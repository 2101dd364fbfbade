import { type Dim, LIMITS, RelayError } from "../core/index.ts";
import { type Graph, type Node, schemaOf, type Value, valuesIn } from "../graph/index.ts";
import { required } from "../util/index.ts";
import { Call, type CallContext } from "./call.ts";
import type { Emitter } from "./emitter.ts";
import type { Operand, ShapedOperand } from "./operand.ts";
import { Refusal } from "./refusal.ts";
import { findRule, type RegisteredRule } from "./registry.ts";
import type { RefusalReport } from "./report.ts";

/** The values that some call or output takes. */
function usedValues(graph: Graph): ReadonlySet<Value> {
  const taken = graph.nodes.flatMap(({ args }) => Object.values(args).flatMap(valuesIn));
  return new Set([...taken, ...graph.outputs.map(({ value }) => value)]);
}

/** The results of operators that give new memory. */
function made(graph: Graph): readonly Value[] {
  const makers = graph.nodes.filter(({ target }) => schemaOf(target)?.returns.every(({ alias }) => !alias) ?? false);
  return makers.flatMap(({ outputs }) => outputs.filter((value) => value !== null));
}

function shapeOf({ type }: Value): readonly Dim[] {
  return type.kind === "tensor" ? type.shape : [];
}

/** The operand called `name`, with what is known of `value`. */
export function shaped(name: string, value: Value): ShapedOperand {
  return { name, dtype: value.type.dtype, shape: shapeOf(value) };
}

/** Begins the names of a call's ONNX nodes: `encoder.layers.0/linear`. */
function scopeOf({ target, origin }: Node): string {
  const operator = target.split(".")[1] ?? target;
  return origin?.modulePath ? `${origin.modulePath}/${operator}` : operator;
}

/** Counts the calls that are lowered: those of a loop's condition are so twice, also where loops are nested. */
export class NodeBudget {
  #spent = 0;

  /** @throws RelayError LIMIT_EXCEEDED */
  spend(count: number): void {
    this.#spent += count;
    const allowed = LIMITS.graphNodes;
    if (this.#spent <= allowed) return;
    const what = "the nodes of its graph and of all that its loops repeat";
    const given = `more than ${allowed}`;
    throw new RelayError("LIMIT_EXCEEDED", { file: "the model", what, given, limit: "graphNodes", allowed });
  }
}

/** What all graphs of a model share while they are lowered. */
export interface WholeModel {
  readonly report: RefusalReport;
  readonly budget: NodeBudget;
  /** Whether random operators may give other numbers than PyTorch. */
  readonly allowsRandomness: boolean;
}

/** Lowers the calls of one graph where an emitter stands. */
export class GraphLowering {
  readonly #graph: Graph;
  readonly #emit: Emitter;
  readonly #whole: WholeModel;
  readonly #owners: ReadonlySet<Value>;
  readonly #used: ReadonlySet<Value>;
  readonly #operands = new Map<Value, ShapedOperand>();

  /** @param owners inputs that are no views of others */
  constructor(graph: Graph, emit: Emitter, whole: WholeModel, owners: readonly Value[] = []) {
    this.#graph = graph;
    this.#emit = emit;
    this.#whole = whole;
    this.#owners = new Set([...owners, ...made(graph)]);
    this.#used = usedValues(graph);
  }

  /** Lets `value` be the operand called `name`. */
  bind(value: Value, name: string): void {
    this.#operands.set(value, shaped(name, value));
  }

  /** Lowers all calls; those that cannot be are in the report. @throws RelayError LIMIT_EXCEEDED */
  run(): void {
    this.#whole.budget.spend(this.#graph.nodes.length);
    for (const node of this.#graph.nodes) this.#node(node);
  }

  operand(value: Value): ShapedOperand {
    return required(this.#operands.get(value), `${value.name} is made before it is used`);
  }

  #node(node: Node): void {
    const results = this.#results(node, this.#emit.within(scopeOf(node)));
    node.outputs.forEach((value, i) => {
      if (value !== null) this.bind(value, results[i]?.name ?? value.name);
    });
  }

  #context(widensHalf: boolean): CallContext {
    return {
      widensHalf,
      allowsRandomness: this.#whole.allowsRandomness,
      operand: (value) => this.operand(value),
      isUsed: (value) => this.#used.has(value),
      ownsMemory: (value) => this.#owners.has(value),
      subgraph: (graph, emit, operands) => this.#subgraph(graph, emit, operands),
    };
  }

  #subgraph(graph: Graph, emit: Emitter, operands: readonly Operand[]): readonly ShapedOperand[] {
    const inner = new GraphLowering(graph, emit, this.#whole);
    graph.inputs.forEach(({ value }, i) => {
      inner.bind(value, required(operands[i], "an operand for every input").name);
    });
    inner.run();
    return graph.outputs.map(({ value }) => inner.operand(value));
  }

  /** What the rule gives; nothing for a call that cannot be lowered, after which the search for others goes on. */
  #results(node: Node, emit: Emitter): readonly (Operand | undefined)[] {
    const found = findRule(node.target);
    try {
      if (found) return this.#applied(node, emit, found);
      this.#whole.report.unknown(node);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#whole.report.refused(node, error.reason);
    }
    return [];
  }

  /** The results of the rule in the dtypes that PyTorch recorded. */
  #applied(node: Node, emit: Emitter, { rule, widensHalf }: RegisteredRule): readonly (Operand | undefined)[] {
    const given = rule(emit, new Call(node, emit, this.#context(widensHalf)));
    const results = "name" in given ? [given] : given;
    return node.outputs.map((value, i) => {
      const result = results[i];
      if (value === null || !this.#used.has(value)) return undefined;
      if (result === undefined) throw new Refusal(`result ${i} is not supported`);
      return emit.cast(result, value.type.dtype);
    });
  }
}
