import { type LoweredModel, RelayError } from "../src/core/index.ts";
import { type Graph, normalize } from "../src/graph/index.ts";
import { loadProgram } from "../src/loader/index.ts";
import { lower } from "../src/lowering/index.ts";
import { openSession, type TensorBuffer } from "../src/runtime/index.ts";
import type { ConformanceCase } from "./cases.ts";
import { difference } from "./compare.ts";
import { TOLERANCES, UNDEFINED_OUTPUTS } from "./exceptions.ts";

/** How a case ended: as in PyTorch, refused with a reason, or otherwise. */
export type Outcome =
  | { readonly kind: "equal"; readonly targets: readonly string[] }
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "different"; readonly problem: string };

function readGraph(testCase: ConformanceCase): Graph {
  const source = testCase.source();
  try {
    return normalize(loadProgram(source, testCase.options).graph);
  } finally {
    source.close();
  }
}

/** How a result of a case differs from PyTorch's; undefined when it does not. */
export type Compare = (given: TensorBuffer, wanted: TensorBuffer, testCase: ConformanceCase) => string | undefined;

const closely: Compare = (given, wanted, { name, rounding }) => difference(given, wanted, TOLERANCES[name], rounding);

function firstDifference(testCase: ConformanceCase, model: LoweredModel, compare: Compare): string | undefined {
  const session = openSession(model);
  try {
    for (const { inputs, outputs } of testCase.runs()) {
      const results = session.run(inputs);
      if (results.length !== outputs.length) return `${results.length} outputs, not ${outputs.length}`;
      for (const [i, wanted] of outputs.entries()) {
        if (UNDEFINED_OUTPUTS[testCase.name]?.includes(i)) continue;
        const given = results[i];
        const problem = given ? compare(given, wanted, testCase) : "missing";
        if (problem !== undefined) return `output ${i}: ${problem}`;
      }
    }
    return undefined;
  } finally {
    session.close();
  }
}

function failure(error: unknown): Outcome {
  if (!(error instanceof RelayError)) throw error;
  if (error.httpStatus === 501) return { kind: "refused", reason: error.message };
  return { kind: "different", problem: error.message };
}

/** Takes a case the whole way from the file to the numbers. */
export function runCase(testCase: ConformanceCase, compare: Compare = closely): Outcome {
  try {
    const graph = readGraph(testCase);
    const problem = firstDifference(testCase, lower(graph, { name: testCase.name }), compare);
    if (problem !== undefined) return { kind: "different", problem };
    return { kind: "equal", targets: graph.nodes.map(({ target }) => target) };
  } catch (error) {
    return failure(error);
  }
}
