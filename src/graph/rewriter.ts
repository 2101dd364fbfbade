import { LIMITS, RelayError } from "../core/index.ts";
import { withDefaults } from "./defaults.ts";
import { NameTable } from "./names.ts";
import type { Argument, Graph, Node, Origin, Value, ValueType } from "./types.ts";

/** An operator and its arguments; what they default to may be left out. */
export interface Call {
  readonly target: string;
  readonly args: Readonly<Record<string, Argument>>;
}

/** Collects the nodes of a rewritten graph: kept ones and new ones, whose values get names that are not taken. */
export class GraphRewriter {
  readonly nodes: Node[] = [];
  readonly #names = new NameTable();

  constructor(graph: Graph) {
    const values = [
      ...graph.inputs.map(({ value }) => value),
      ...graph.weights.map(({ value }) => value),
      ...graph.nodes.flatMap(({ outputs }) => outputs),
    ];
    for (const value of values) if (value !== null) this.#names.reserve(value.name);
  }

  /** @throws RelayError LIMIT_EXCEEDED when rewriting makes the graph absurdly large. */
  keep(node: Node): void {
    const allowed = LIMITS.graphNodes;
    if (this.nodes.length >= allowed) {
      const given = `more than ${allowed}`;
      throw new RelayError("LIMIT_EXCEEDED", {
        file: "the model",
        what: "graph nodes",
        given,
        limit: "graphNodes",
        allowed,
      });
    }
    this.nodes.push(node);
  }

  /** A new value whose name is `hint`, numbered when taken. */
  value(hint: string, type: ValueType): Value {
    return { name: this.#names.fresh(hint), type };
  }

  /** Appends a new node whose one result is `output`, a new value unless given. */
  call(call: Call, type: ValueType, origin: Origin | undefined, output: Value = this.#result(call, type)): Value {
    this.keep({ ...withDefaults(call), outputs: [output], ...(origin && { origin }) });
    return output;
  }

  #result({ target }: Call, type: ValueType): Value {
    return this.value(target.split(".")[1] ?? target, type);
  }
}
