import { schemaOf } from "./schema-table.ts";
import { type Argument, type Graph, mapSubgraphs, type Node } from "./types.ts";

/** The node with every omitted argument that has a default, in the order of its schema. */
export function withDefaults<T extends Pick<Node, "target" | "args">>(node: T): T {
  const schema = schemaOf(node.target);
  if (schema === undefined) return node;
  const args: Record<string, Argument> = {};
  for (const { name, default: fallback } of schema.parameters) {
    const value = Object.hasOwn(node.args, name) ? node.args[name] : fallback;
    if (value !== undefined) args[name] = value;
  }
  return { ...node, args };
}

/** Adds the arguments that the file left out because they equal the operator's defaults. */
export function fillDefaults(graph: Graph): Graph {
  return { ...graph, nodes: graph.nodes.map((node) => mapSubgraphs(withDefaults(node), fillDefaults)) };
}
