import { type LoweredModel, RelayError } from "../src/core/index.ts";
import { type Graph, normalize } from "../src/graph/index.ts";
import { loadProgram } from "../src/loader/index.ts";
import { lower } from "../src/lowering/index.ts";
import { openSession, type TensorBuffer } from "../src/runtime/index.ts";
import { required } from "../src/util/index.ts";
import type { ConformanceCase, Run } from "./cases.ts";
import { difference } from "./compare.ts";
import { ANY_OF_EQUAL_POSITIONS, TOLERANCES } from "./exceptions.ts";
import { nameEqualElements } from "./positions.ts";

/** How a case ended: as in PyTorch, refused with a reason, with other numbers, or with an error that is no refusal. */
export type Outcome =
  | { readonly kind: "equal"; readonly targets: readonly string[] }
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "different"; readonly problem: string }
  | { readonly kind: "failed"; readonly problem: string };

function readGraph(testCase: ConformanceCase): Graph {
  const source = testCase.source();
  try {
    return normalize(loadProgram(source).graph);
  } finally {
    source.close();
  }
}

function outputDifference(testCase: ConformanceCase, index: number, given: TensorBuffer, wanted: TensorBuffer) {
  const compared = testCase.isArbitrary ? { ...given, bytes: wanted.bytes } : given;
  const problem = difference(compared, wanted, TOLERANCES[testCase.name.split("/").at(-1) ?? ""], testCase.rounding);
  return problem === undefined ? undefined : `output ${index}: ${problem}`;
}

function runDifference(testCase: ConformanceCase, { inputs, outputs }: Run, results: readonly TensorBuffer[]) {
  if (results.length !== outputs.length) return `${results.length} outputs, not ${outputs.length}`;
  const [input] = inputs;
  const problems = outputs.map((wanted, i) => {
    const given = required(results[i], "as many results as outputs");
    const problem = outputDifference(testCase, i, given, wanted);
    const isTie = i === outputs.length - 1 && wanted.dtype === "int64" && ANY_OF_EQUAL_POSITIONS.test(testCase.name);
    return problem !== undefined && isTie && input && nameEqualElements(input, given, wanted) ? undefined : problem;
  });
  return problems.find((each) => each !== undefined);
}

function firstDifference(testCase: ConformanceCase, model: LoweredModel): string | undefined {
  const session = openSession(model);
  try {
    for (const run of testCase.runs()) {
      const problem = runDifference(testCase, run, session.run(run.inputs));
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
