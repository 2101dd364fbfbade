import { RelayError } from "../src/core/index.ts";
import { normalize } from "../src/graph/index.ts";
import { loadProgram } from "../src/loader/index.ts";
import { lower } from "../src/lowering/index.ts";
import { openSession } from "../src/runtime/index.ts";
import type { ConformanceCase } from "./cases.ts";
import { difference, type Tolerance } from "./compare.ts";

/** How a case ended: as PyTorch, refused with a reason, or otherwise. */
export type Outcome =
  | { readonly kind: "equal" }
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "different"; readonly problem: string };

function refusalOf(error: unknown): Outcome {
  if (!(error instanceof RelayError)) throw error;
  const isRefusal = error.httpStatus === 501 || error.code === "LIMIT_EXCEEDED";
  return isRefusal ? { kind: "refused", reason: error.message } : { kind: "different", problem: error.message };
}

function lowerCase(testCase: ConformanceCase) {
  const source = testCase.source();
  try {
    const program = loadProgram(source);
    return lower(normalize(program.graph), { name: testCase.name });
  } finally {
    source.close();
  }
}

function firstDifference(testCase: ConformanceCase, tolerance: Tolerance | undefined): string | undefined {
  const session = openSession(lowerCase(testCase));
  try {
    for (const { inputs, outputs } of testCase.runs()) {
      const results = session.run(inputs);
      if (results.length !== outputs.length) return `${results.length} outputs, not ${outputs.length}`;
      for (const [i, wanted] of outputs.entries()) {
        const result = results[i];
        const problem = result && difference(result, wanted, tolerance);
        if (problem !== undefined) return `output ${i}: ${problem}`;
      }
    }
    return undefined;
  } finally {
    session.close();
  }
}

/** Takes a case the whole way from the file to the numbers. */
export function runCase(testCase: ConformanceCase, tolerance?: Tolerance): Outcome {
  try {
    const problem = firstDifference(testCase, tolerance);
    return problem === undefined ? { kind: "equal" } : { kind: "different", problem };
  } catch (error) {
    return refusalOf(error);
  }
}
