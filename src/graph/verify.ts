import { RelayError, symbolsOf } from "../core/index.ts";
import { formatSchemaType, isLegalArgument } from "./argument-kinds.ts";
import { formatNode } from "./print.ts";
import type { Schema } from "./schema.ts";
import { schemaOf } from "./schema-table.ts";
import { type Graph, isSubgraphRef, type Node, type Value, valuesIn } from "./types.ts";
import { subgraphProblem } from "./verify-subgraph.ts";

class Verifier {
  readonly #stage: string;
  readonly #values = new Set<Value>();
  readonly #names = new Set<string>();
  #node: Node | undefined;

  constructor(stage: string) {
    this.#stage = stage;
  }

  run(graph: Graph): void {
    this.#symbols(graph);
    this.subgraph(graph);
  }

  /** A graph whose symbols have their ranges elsewhere. */
  subgraph(graph: Graph): void {
    this.#boundary(graph);
    for (const node of graph.nodes) {
      this.#node = node;
      for (const value of Object.values(node.args).flatMap(valuesIn)) this.#use(value);
      const schema = schemaOf(node.target);
      if (schema) this.#conforms(node, schema);
      this.#subgraphs(node);
      for (const output of node.outputs) if (output) this.#define(output);
    }
    this.#node = undefined;
    for (const { value } of graph.outputs) this.#use(value);
  }

  /** Subgraphs see nothing but their inputs, so that each is checked for itself. */
  #subgraphs(node: Node): void {
    const problem = subgraphProblem(node);
    this.#require(problem === undefined, () => problem ?? "");
    for (const arg of Object.values(node.args)) if (isSubgraphRef(arg)) new Verifier(this.#stage).subgraph(arg.graph);
  }

  #require(condition: boolean, rule: () => string): void {
    if (condition) return;
    const node = this.#node && formatNode(this.#node);
    const where = node === undefined ? "" : `, in ${node}`;
    throw new RelayError("GRAPH_INVALID", { stage: this.#stage, rule: `${rule()}${where}`, node });
  }

  #boundary({ inputs, weights, outputs }: Graph): void {
    for (const { value } of [...inputs, ...weights]) this.#define(value);
    this.#distinct("input", inputs);
    this.#distinct("output", outputs);
  }

  #symbols({ inputs, symbols }: Graph): void {
    for (const { name, value } of inputs) {
      const used = value.type.kind === "tensor" ? value.type.shape.flatMap(symbolsOf) : [];
      for (const symbol of used) {
        this.#require(Object.hasOwn(symbols, symbol), () => `input ${name} has symbol ${symbol}, which has no range`);
      }
    }
  }

  #distinct(what: string, named: readonly { readonly name: string }[]): void {
    const seen = new Set<string>();
    for (const { name } of named) {
      this.#require(!seen.has(name), () => `two ${what}s are called ${name}`);
      seen.add(name);
    }
  }

  #define(value: Value): void {
    this.#require(!this.#values.has(value), () => `%${value.name} is made twice`);
    this.#require(!this.#names.has(value.name), () => `two values are called ${value.name}`);
    this.#values.add(value);
    this.#names.add(value.name);
  }

  #use(value: Value): void {
    this.#require(this.#values.has(value), () => `%${value.name} is used before it is made`);
  }

  #conforms(node: Node, schema: Schema): void {
    const { target, args, outputs } = node;
    for (const { name, type, default: fallback } of schema.parameters) {
      const arg = Object.hasOwn(args, name) ? args[name] : fallback;
      this.#require(arg !== undefined, () => `${target} lacks its argument ${name}`);
      const isLegal = arg !== undefined && isLegalArgument(arg, type);
      this.#require(isLegal, () => `${target} takes ${formatSchemaType(type)} as ${name}`);
    }
    for (const name of Object.keys(args)) {
      const isKnown = schema.parameters.some((parameter) => parameter.name === name);
      this.#require(isKnown, () => `${target} has no argument ${name}`);
    }
    const { returns } = schema;
    const isComplete = returns.some(({ list }) => list) || outputs.length === returns.length;
    this.#require(isComplete, () => `${target} gives ${returns.length} results, not ${outputs.length}`);
  }
}

/**
 * Checks that a graph is well-formed: every value made once and before it is used, names distinct, arguments and
 * results as the operator's schema says, input symbols with ranges. Operators without a known schema pass.
 * @throws RelayError GRAPH_INVALID naming the stage, the rule and the node.
 */
export function verify(graph: Graph, stage: string): void {
  new Verifier(stage).run(graph);
}
