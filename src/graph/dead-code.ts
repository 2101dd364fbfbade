import { isMutating } from "./in-place.ts";
import { schemaOf } from "./schema-table.ts";
import { type Graph, mapSubgraphs, type Node, subgraphsOf, type Value, valuesIn } from "./types.ts";

/** Namespaces of Python's and PyTorch's scalar arithmetic, which only computes. */
export const PURE_NAMESPACES: ReadonlySet<string> = new Set(["_operator", "math", "torch"]);

/** An operator that is not known, or changes its arguments, must not vanish: it has to be refused where it stands. */
function mustStay(node: Node): boolean {
  if (subgraphsOf(node).some(({ nodes }) => nodes.some(mustStay))) return true;
  if (schemaOf(node.target) !== undefined) return isMutating(node);
  return !PURE_NAMESPACES.has(node.target.split(".", 1)[0] ?? "");
}

/** Drops the nodes whose results nobody uses; assertions go too. */
export function eliminateDeadCode(graph: Graph): Graph {
  const live = new Set<Value>(graph.outputs.map(({ value }) => value));
  const kept: Node[] = [];
  for (const node of graph.nodes.toReversed()) {
    if (!mustStay(node) && !node.outputs.some((output) => output !== null && live.has(output))) continue;
    kept.push(mapSubgraphs(node, eliminateDeadCode));
    for (const value of Object.values(node.args).flatMap(valuesIn)) live.add(value);
  }
  return { ...graph, nodes: kept.reverse() };
}
