import { type DType, RelayError } from "../core/index.ts";
import { allNodes, type Graph, normalize } from "../graph/index.ts";
import { lower, type UnsupportedOperator } from "../lowering/index.ts";

/** An operator of a model. */
export interface OperatorFact {
  readonly target: string;
  readonly count: number;
  /** Why some or all of its calls cannot run; empty when all can. */
  readonly refusals: readonly UnsupportedOperator[];
}

/** Whether a graph can run. */
export interface Verdict {
  /** As it would be lowered; as the file has it when it cannot be normalised. */
  readonly graph: Graph;
  /** Sorted by name. */
  readonly operators: readonly OperatorFact[];
  /** What stands in the way; undefined when the model can run. */
  readonly problem?: RelayError;
}

function attempt<T>(work: () => T): T | RelayError {
  try {
    return work();
  } catch (error) {
    if (error instanceof RelayError) return error;
    throw error;
  }
}

function refusalsOf(problem: RelayError | undefined): readonly UnsupportedOperator[] {
  return problem?.code === "OPERATORS_UNSUPPORTED"
    ? (problem.details["operators"] as readonly UnsupportedOperator[])
    : [];
}

function countOperators(graph: Graph): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { target } of allNodes(graph)) counts.set(target, (counts.get(target) ?? 0) + 1);
  return new Map([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The 16-bit floats that a graph computes with: each operator does so in float32 and rounds what it gives. */
export function widenedDTypes(graph: Graph): readonly DType[] {
  const values = allNodes(graph).flatMap(({ outputs }) => outputs.filter((value) => value !== null));
  const computed = new Set(values.map(({ type }) => type.dtype));
  return (["float16", "bfloat16"] as const).filter((dtype) => computed.has(dtype));
}

/** Finds out by lowering it, which reads no weights. */
export function judgeGraph(raw: Graph): Verdict {
  const normal = attempt(() => normalize(raw));
  const graph = normal instanceof RelayError ? raw : normal;
  const lowered = normal instanceof RelayError ? normal : attempt(() => lower(graph));
  const problem = lowered instanceof RelayError ? lowered : undefined;
  const refusals = refusalsOf(problem);
  const operators = [...countOperators(graph)].map(([target, count]) => {
    return { target, count, refusals: refusals.filter((refusal) => refusal.target === target) };
  });
  return { graph, operators, ...(problem && { problem }) };
}
