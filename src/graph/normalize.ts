import { splitComplex } from "./complex/index.ts";
import { eliminateDeadCode } from "./dead-code.ts";
import { fillDefaults } from "./defaults.ts";
import { functionalize } from "./functionalize.ts";
import type { Graph } from "./types.ts";
import { verify } from "./verify.ts";
import { composeGelu } from "./written-out-gelu.ts";

/** The form that lowering takes: every argument present, no operator in place, nothing unused, no complex numbers. */
export function normalize(graph: Graph): Graph {
  verify(graph, "loading");
  const normal = splitComplex(eliminateDeadCode(composeGelu(functionalize(fillDefaults(graph)))));
  verify(normal, "normalization");
  return normal;
}
