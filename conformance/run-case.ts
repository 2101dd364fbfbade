import { type LoweredModel, RelayError } from "../src/core/index.ts";
import { type Graph, normalize } from "../src/graph/index.ts";
import { loadProgram } from "../src/loader/index.ts";
import { type LowerOptions, lower } from "../src/lowering/index.ts";
import { openSession, type TensorBuffer } from "../src/runtime/index.ts";
import { required } from "../src/util/index.ts";
import type { ConformanceCase, Run } from "./cases.ts";
import { difference, type Tolerance } from "./compare.ts";
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
    return loadProgram(source, testCase.options).graph;
  } finally {
    source.close();
  }
}

/** How a result of a case differs from PyTorch's; undefined when it does not. */
export type Compare = (given: TensorBuffer, wanted: TensorBuffer, testCase: ConformanceCase) => string | undefined;

function toleranceOf(name: string): Tolerance | undefined {
  return TOLERANCES[name.split("/").at(-1) ?? ""];
}

const closely: Compare = (given, wanted, { name, rounding, isArbitrary }) =>
  difference(isArbitrary ? { ...given, bytes: wanted.bytes } : given, wanted, toleranceOf(name), rounding);

function runDifference(
  testCase: ConformanceCase,
  { inputs, outputs }: Run,
  results: readonly TensorBuffer[],
  compare: Compare,
): string | undefined {
  if (results.length !== outputs.length) return `${results.length} outputs, not ${outputs.length}`;
  const [input] = inputs;
  for (const [i, wanted] of outputs.entries()) {
    const given = required(results[i], "as many results as outputs");
    const problem = compare(given, wanted, testCase);
    if (problem === undefined) continue;
    const isTie = i === outputs.length - 1 && wanted.dtype === "int64" && ANY_OF_EQUAL_POSITIONS.test(testCase.name);
    if (!isTie || !input || !nameEqualElements(input, given, wanted)) return `output ${i}: ${problem}`;
  }
  return undefined;
}

function firstDifference(testCase: ConformanceCase, model: LoweredModel, compare: Compare): string | undefined {
  const session = openSession(model);
  try {
    for (const run of testCase.runs()) {
      const problem = runDifference(testCase, run, session.run(run.inputs), compare);
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
export function runCase(
  testCase: ConformanceCase,
  compare: Compare = closely,
  options: Pick<LowerOptions, "opset"> = {},
): Outcome {
  try {
    const given = readGraph(testCase);
    const graph = normalize(given);
    const problem = firstDifference(testCase, lower(graph, { name: testCase.name, ...options }), compare);
    if (problem !== undefined) return { kind: "different", problem };
    return { kind: "equal", targets: [...given.nodes, ...graph.nodes].map(({ target }) => target) };
  } catch (error) {
    return failure(error);
  }
}
