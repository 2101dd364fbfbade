import type { Dim } from "../core/index.ts";
import { type Graph, type Node, schemaOf, type Value, valuesIn } from "../graph/index.ts";
import { required } from "../util/index.ts";
import { Call, type CallContext } from "./call.ts";
import { Emitter } from "./emitter.ts";
import { ModelBuilder } from "./model-builder.ts";
import type { Operand, ShapedOperand } from "./operand.ts";
import { Refusal } from "./refusal.ts";
import { findRule, type RegisteredRule, supportedTargets } from "./registry.ts";
import { RefusalReport } from "./report.ts";
import { WeightTable } from "./weights.ts";

/** The values that some call or output takes. */
function usedValues(graph: Graph): ReadonlySet<Value> {
  const taken = graph.nodes.flatMap(({ args }) => Object.values(args).flatMap(valuesIn));
  return new Set([...taken, ...graph.outputs.map(({ value }) => value)]);
}

/** The values that are no views: inputs, and the results of operators that give new memory. */
function memoryOwners(graph: Graph): ReadonlySet<Value> {
  const makers = graph.nodes.filter(({ target }) => schemaOf(target)?.returns.every(({ alias }) => !alias) ?? false);
  const made = makers.flatMap(({ outputs }) => outputs.filter((value) => value !== null));
  return new Set([...graph.inputs.map(({ value }) => value), ...made]);
}

function shapeOf({ type }: Value): readonly Dim[] {
  return type.kind === "tensor" ? type.shape : [];
}

function shaped(name: string, value: Value): ShapedOperand {
  return { name, dtype: value.type.dtype, shape: shapeOf(value) };
}

/** Begins the names of a call's ONNX nodes: `encoder.layers.0/linear`. */
function scopeOf({ target, origin }: Node): string {
  const operator = target.split(".")[1] ?? target;
  return origin?.modulePath ? `${origin.modulePath}/${operator}` : operator;
}

/** Names for the outputs; only one that an input has too is not kept. */
function outputNames(graph: Graph): readonly string[] {
  const taken = new Set(graph.inputs.map(({ name }) => name));
  return graph.outputs.map(({ name }) => {
    let unique = name;
    for (let i = 1; taken.has(unique); i++) unique = `${name}_${i}`;
    taken.add(unique);
    return unique;
  });
}

/** A graph as an ONNX model of which it is not said yet where the weights go. */
export interface LoweredGraph {
  readonly model: ModelBuilder;
  /** The folder of the files that hold weights; absent when there are none. */
  readonly externalFolder?: string;
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
}

export interface LowerGraphOptions {
  /** What errors call the graph. */
  readonly name: string;
  /** Whether random operators may give other numbers than PyTorch, and every time others. Default false. */
  readonly allowNondeterministic?: boolean;
}

class Lowering {
  readonly #graph: Graph;
  readonly #model: ModelBuilder;
  readonly #used: ReadonlySet<Value>;
  readonly #owners: ReadonlySet<Value>;
  readonly #weights = new WeightTable();
  readonly #operands = new Map<Value, ShapedOperand>();
  readonly #report = new RefusalReport(supportedTargets());
  readonly #inputNames: readonly string[];
  readonly #outputNames: readonly string[];
  readonly #allowsRandomness: boolean;

  constructor(graph: Graph, allowsRandomness: boolean) {
    this.#allowsRandomness = allowsRandomness;
    this.#graph = graph;
    this.#used = usedValues(graph);
    this.#owners = memoryOwners(graph);
    this.#inputNames = graph.inputs.map(({ name }) => name);
    this.#outputNames = outputNames(graph);
    this.#model = new ModelBuilder([...this.#inputNames, ...this.#outputNames]);
  }

  run(name: string): LoweredGraph {
    for (const input of this.#graph.inputs) this.#input(input.name, input.value);
    this.#bindWeights();
    for (const node of this.#graph.nodes) this.#node(node);
    this.#report.throwIfAny(name);
    this.#graph.outputs.forEach(({ value }, i) => {
      const output = required(this.#outputNames[i], "a name for every output");
      this.#model.output(shaped(output, value), this.#operand(value));
    });
    const externalFolder = this.#weights.folder;
    return {
      model: this.#model,
      ...(externalFolder !== undefined && { externalFolder }),
      inputNames: this.#inputNames,
      outputNames: this.#outputNames,
    };
  }

  #input(name: string, value: Value): void {
    const operand = shaped(name, value);
    this.#model.input(operand);
    this.#operands.set(value, operand);
  }

  #bindWeights(): void {
    for (const { value, name, location } of this.#graph.weights) {
      const emit = new Emitter(this.#model, name);
      const { name: operand } = this.#weights.operand(emit, name, location);
      this.#operands.set(value, shaped(operand, value));
    }
  }

  #operand(value: Value): ShapedOperand {
    return required(this.#operands.get(value), `${value.name} is made before it is used`);
  }

  #node(node: Node): void {
    const results = this.#results(node, new Emitter(this.#model, scopeOf(node)));
    node.outputs.forEach((value, i) => {
      if (value !== null) this.#operands.set(value, shaped(results[i]?.name ?? value.name, value));
    });
  }

  #context(widensHalf: boolean): CallContext {
    return {
      widensHalf,
      allowsRandomness: this.#allowsRandomness,
      operand: (value) => this.#operand(value),
      isUsed: (value) => this.#used.has(value),
      ownsMemory: (value) => this.#owners.has(value),
    };
  }

  /** What the rule gives; nothing for a call that cannot be lowered, after which the search for others goes on. */
  #results(node: Node, emit: Emitter): readonly (Operand | undefined)[] {
    const found = findRule(node.target);
    try {
      if (found) return this.#applied(node, emit, found);
      this.#report.unknown(node);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#report.refused(node, error.reason);
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

/**
 * Lowers a normalised graph.
 * @throws RelayError OPERATORS_UNSUPPORTED naming every call that cannot be lowered, and why; MODEL_UNSUPPORTED or
 * LIMIT_EXCEEDED for weights
 */
export function lowerGraph(graph: Graph, { name, allowNondeterministic = false }: LowerGraphOptions): LoweredGraph {
  return new Lowering(graph, allowNondeterministic).run(name);
}
