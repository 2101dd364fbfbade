import { type LoweredModel, RelayError } from "../src/core/index.ts";
import { atSomeSizes, type Graph, normalize } from "../src/graph/index.ts";
import { loadProgram } from "../src/loader/index.ts";
import { lower } from "../src/lowering/index.ts";
import { openSession, type TensorBuffer } from "../src/runtime/index.ts";
import type { ConformanceCase, Run } from "./cases.ts";
import { difference } from "./compare.ts";

/** How a case ended. A refusal names what is not supported. */
export type ScriptOutcome =
  | { readonly kind: "equal"; readonly runs: number }
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "different"; readonly problem: string };

interface Prepared {
  readonly graph: Graph;
  readonly model: LoweredModel;
}

function prepare({ name, source, options }: ConformanceCase): Prepared {
  const bytes = source();
  try {
    return atSomeSizes(loadProgram(bytes, options), ({ graph }) => {
      const normal = normalize(graph);
      return { graph: normal, model: lower(normal, { name }) };
    });
  } finally {
    bytes.close();
  }
}

/** Traced programs are known at the sizes of the trace, and at others only where their graph leaves sizes open. */
function isTaken({ inputs }: Graph, given: readonly TensorBuffer[]): boolean {
  if (inputs.length !== given.length) return false;
  return inputs.every(({ value: { type } }, i) => {
    const { shape = [] } = given[i] ?? {};
    return type.kind !== "tensor" || type.shape.every((dim, axis) => typeof dim !== "number" || dim === shape[axis]);
  });
}

/** How a result differs from PyTorch's; undefined when it does not. */
type Compare = (given: TensorBuffer, wanted: TensorBuffer) => string | undefined;

function runDifference(results: readonly TensorBuffer[], { outputs }: Run, compare: Compare): string | undefined {
  if (results.length !== outputs.length) return `${results.length} outputs, not ${outputs.length}`;
  for (const [i, wanted] of outputs.entries()) {
    const given = results[i];
    const problem = given ? compare(given, wanted) : "missing";
    if (problem !== undefined) return `output ${i}: ${problem}`;
  }
  return undefined;
}

function compared(testCase: ConformanceCase, { graph, model }: Prepared, compare: Compare): ScriptOutcome {
  const session = openSession(model);
  try {
    const runs = testCase.runs().filter(({ inputs }) => isTaken(graph, inputs));
    if (runs.length === 0) return { kind: "different", problem: "no run has the sizes of the graph's inputs" };
    for (const [i, run] of runs.entries()) {
      const problem = runDifference(session.run(run.inputs), run, compare);
      if (problem !== undefined) return { kind: "different", problem: `run ${i}, ${problem}` };
    }
    return { kind: "equal", runs: runs.length };
  } finally {
    session.close();
  }
}

/** Takes an archive the whole way from the file to the numbers. */
export function runScript(testCase: ConformanceCase, compare: Compare = difference): ScriptOutcome {
  try {
    return compared(testCase, prepare(testCase), compare);
  } catch (error) {
    if (!(error instanceof RelayError)) throw error;
    if (error.httpStatus === 501) return { kind: "refused", reason: error.message };
    return { kind: "different", problem: `${error.code}: ${error.message}` };
  }
}
