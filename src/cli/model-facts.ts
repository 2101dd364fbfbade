import type { SymbolRange } from "../core/index.ts";
import { batchSymbol, type FormatInfo, type GraphInput, type Program } from "../graph/index.ts";
import { type ModuleNode, moduleTree } from "./module-tree.ts";
import { judgeGraph, type Verdict } from "./operator-facts.ts";
import { type WeightTotal, weightTotals } from "./weight-totals.ts";

/** What `inspect` tells about a model file. */
export interface ModelFacts {
  readonly file: string;
  readonly bytes: number;
  readonly format: FormatInfo;
  readonly inputs: readonly GraphInput[];
  readonly outputs: readonly GraphInput[];
  readonly symbols: Readonly<Record<string, SymbolRange>>;
  /** Along which requests may share a run. */
  readonly batchSymbol: string | undefined;
  readonly hasSampleInputs: boolean;
  readonly weights: readonly WeightTotal[];
  readonly verdict: Verdict;
  readonly modules: ModuleNode;
}

export function modelFacts(file: string, bytes: number, program: Program): ModelFacts {
  const { graph, format, sampleInputs } = program;
  const verdict = judgeGraph(graph);
  return {
    file,
    bytes,
    format,
    inputs: verdict.graph.inputs,
    outputs: verdict.graph.outputs,
    symbols: graph.symbols,
    batchSymbol: verdict.problem ? undefined : batchSymbol(verdict.graph),
    hasSampleInputs: sampleInputs !== undefined,
    weights: weightTotals(graph.weights),
    verdict,
    modules: moduleTree(program),
  };
}
