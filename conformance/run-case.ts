import { type LoweredModel, RelayError } from "../src/core/index.ts";
import { type Graph, normalize } from "../src/graph/index.ts";
import { loadProgram } from "../src/loader/index.ts";
import { lower } from "../src/lowering/index.ts";
import { openSession, type TensorBuffer } from "../src/runtime/index.ts";
import type { ConformanceCase } from "./cases.ts";
import { difference } from "./compare.ts";
import { TOLERANCES, UNDEFINED_OUTPUTS } from "./exceptions.ts";

/** How a case ended: as in PyTorch, refused with a reason, with other numbers, or with an error that is no refusal. */
export type Outcome =
  | { readonly kind: "equal"; readonly targets: readonly string[] }
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "different" | "failed"; readonly problem: string };

function readGraph(testCase: ConformanceCase): Graph {
  const source = testCase.source();
  try {
    return normalize(loadProgram(source).graph);
  } finally {
    source.close();
  }
}

function outputDifference(
  testCase: ConformanceCase,
  index: number,
  given: TensorBuffer | undefined,
  wanted: TensorBuffer,
) {
  if (UNDEFINED_OUTPUTS[testCase.name]?.includes(index)) return undefined;
  const compared = given && testCase.isArbitrary ? { ...given, bytes: wanted.bytes } : given;
  const problem = compared ? difference(compared, wanted, TOLERANCES[testCase.name], testCase.rounding) : "missing";
  return problem === undefined ? undefined : `output ${index}: ${problem}`;
}

function firstDifference(testCase: ConformanceCase, model: LoweredModel): string | undefined {
  const session = openSession(model);
  try {
    for (const { inputs, outputs } of testCase.runs()) {
      const results = session.run(inputs);
      if (results.length !== outputs.length) return `${results.length} outputs, not ${outputs.length}`;
      const problems = outputs.map((wanted, i) => outputDifference(testCase, i, results[i], wanted));
      const problem = problems.find((each) => each !== undefined);
      if (problem !== undefined) return problem;
    }
    return undefined;
  } finally {
    session.close();
  }
}

function failure(error: unknown): Outcome {
  if (!(error instanceof RelayError)) throw error;
  if (error.httpStatus === 501) return { kind: "refused", reason: error.message };
  return { kind: "failed", problem: error.message };
}

/** Takes a case the whole way from the file to the numbers. */
export function runCase(testCase: ConformanceCase): Outcome {
  try {
    const graph = readGraph(testCase);
    const problem = firstDifference(testCase, lower(graph, { name: testCase.name }));
    if (problem !== undefined) return { kind: "different", problem };
    return { kind: "equal", targets: graph.nodes.map(({ target }) => target) };
  } catch (error) {
    return failure(error);
  }
}
