import { expect, test } from "vitest";
import { type Graph, normalize } from "../../../src/graph/index.ts";
import { typeDifference } from "./compare-types.ts";
import { type RecordedGraph, recordedGraphs } from "./recorded-graphs.ts";

/** Targets that have no rule, each with the reason. */
const WITHOUT_RULE: Readonly<Record<string, string>> = {
  "higher_order.cond": "its results are those of its subgraphs",
  "higher_order.associative_scan": "its results are those of its subgraph",
  "higher_order.while_loop": "its results are those of its subgraphs",
  "higher_order.scan": "its results are those of its subgraphs",
  "higher_order.map_impl": "its results are those of its subgraphs",
};

const graphs = recordedGraphs();

/** Where inference differs from what PyTorch recorded, by target. */
function differences(given: readonly RecordedGraph[], form: (graph: Graph) => Graph): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { name, graph } of given) {
    const formed = form(graph);
    for (const node of formed.nodes) {
      // Only the splitting of complex numbers makes these, and it knows their types.
      if (node.target.startsWith("complex.")) continue;
      if (Object.hasOwn(WITHOUT_RULE, node.target) || Object.hasOwn(found, node.target)) continue;
      const difference = typeDifference(node, formed);
      if (difference !== undefined) found[node.target] = `${difference} (${name})`;
    }
  }
  return found;
}

test("the types of every node are inferred as PyTorch recorded them", () => {
  expect(differences(graphs, (graph) => graph)).toEqual({});
});

test("so are the types of every node once the graph is normalized", () => {
  expect(differences(graphs, normalize)).toEqual({});
});
