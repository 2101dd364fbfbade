import { LIMITS, RelayError } from "../core/index.ts";
import { type Graph, isSubgraphRef, type Node } from "../graph/index.ts";

/** The condition of a loop is lowered before the loop and at the end of its body. */
function timesLowered(parameter: string): number {
  return parameter === "cond_fn" ? 2 : 1;
}

function callsOf(node: Node): number {
  return Object.entries(node.args).reduce((sum, [parameter, arg]) => {
    return isSubgraphRef(arg) ? sum + timesLowered(parameter) * loweredCalls(arg.graph) : sum;
  }, 1);
}

/** How many calls are lowered for a graph: what is in the conditions of loops counts twice for each loop around it. */
function loweredCalls({ nodes }: Graph): number {
  return nodes.reduce((sum, node) => sum + callsOf(node), 0);
}

/** @throws RelayError LIMIT_EXCEEDED */
export function checkLoweredCalls(graph: Graph, file: string): void {
  const given = loweredCalls(graph);
  const allowed = LIMITS.graphNodes;
  if (given <= allowed) return;
  const what = "the number of calls, those in the conditions of loops counted as often as they are lowered,";
  throw new RelayError("LIMIT_EXCEEDED", { file, what, given, limit: "graphNodes", allowed });
}
