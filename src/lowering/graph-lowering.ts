import type { Dim } from "../core/index.ts";
import { type Graph, JOIN, type Node, PART, schemaOf, touchesComplex, type Value, valuesIn } from "../graph/index.ts";
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

/** The results of operators that give new memory, so that they are no views. */
function madeInMemory({ nodes }: Graph): readonly Value[] {
  const makers = nodes.filter(({ target }) => schemaOf(target)?.returns.every(({ alias }) => !alias) ?? false);
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

/** What is the same for all graphs of a model. */
export interface LoweringContext {
  readonly report: RefusalReport;
  /** Whether random operators may give other numbers than PyTorch. */
  readonly allowsRandomness: boolean;
}

/** Lowers the calls of one graph where an emitter stands. */
export class GraphLowering {
  readonly #graph: Graph;
  readonly #emit: Emitter;
  readonly #around: LoweringContext;
  readonly #used: ReadonlySet<Value>;
  /** The values that are no views. */
  readonly #owners: Set<Value>;
  readonly #operands = new Map<Value, ShapedOperand>();

  constructor(graph: Graph, emit: Emitter, around: LoweringContext) {
    this.#graph = graph;
    this.#emit = emit;
    this.#around = around;
    this.#used = usedValues(graph);
    this.#owners = new Set(madeInMemory(graph));
  }

  /** Lets `value` be the model's input called `name`. */
  bindInput(value: Value, name: string): void {
    this.bind(value, name);
    this.#owners.add(value);
  }

  /** Lets `value` be the operand called `name`. */
  bind(value: Value, name: string): void {
    this.#operands.set(value, shaped(name, value));
  }

  /** Lowers all calls; those that cannot be are in the report. */
  run(): void {
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
      operand: (value) => this.operand(value),
      allowsRandomness: this.#around.allowsRandomness,
      isUsed: (value) => this.#used.has(value),
      ownsMemory: (value) => this.#owners.has(value),
      subgraph: (graph, emit, operands) => this.#subgraph(graph, emit, operands),
    };
  }

  #subgraph(graph: Graph, emit: Emitter, operands: readonly Operand[]): readonly ShapedOperand[] {
    const inner = new GraphLowering(graph, emit, this.#around);
    graph.inputs.forEach(({ value }, i) => {
      inner.bind(value, required(operands[i], "an operand for every input").name);
    });
    inner.run();
    return graph.outputs.map(({ value }) => inner.operand(value));
  }

  /** What the rule gives; nothing for a call that cannot be lowered, after which the search for others goes on. */
  #results(node: Node, emit: Emitter): readonly (Operand | undefined)[] {
    if (touchesComplex(node)) return this.#refuseComplex(node);
    const found = findRule(node.target);
    try {
      if (found) return this.#applied(node, emit, found);
      this.#around.report.unknown(node);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#around.report.refused(node, error.reason);
    }
    return [];
  }

  /** What computes on complex numbers is what the graph could not put into real ones. */
  #refuseComplex(node: Node): readonly Operand[] {
    const isPassedOver = node.target === JOIN || node.target === PART;
    if (!isPassedOver) this.#around.report.refused(node, "it computes on complex numbers");
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
