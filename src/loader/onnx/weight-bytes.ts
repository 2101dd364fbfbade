import type { ProtobufRecord } from "../../container/index.ts";
import { readWeightBytes } from "../../core/index.ts";

interface Node {
  readonly opType: string;
  readonly input: readonly string[];
}

/** The nodes of a graph and of those within it. */
function* allNodes(graph: ProtobufRecord): Iterable<Node> {
  for (const node of graph.records("node")) {
    yield { opType: node.text("opType") ?? "", input: node.texts("input") };
    for (const attribute of node.records("attribute")) {
      for (const inner of [...attribute.records("g"), ...attribute.records("graphs")]) yield* allNodes(inner);
    }
  }
}

/** Bytes of the weights that every run reads whole. */
export function weightBytes(graph: ProtobufRecord): number {
  const weights = graph.records("initializer").map((tensor) => ({
    name: tensor.text("name") ?? "",
    dims: tensor.integers("dims").map(Number),
    dataType: Number(tensor.integer("dataType") ?? 0),
  }));
  return readWeightBytes(weights, allNodes(graph));
}
