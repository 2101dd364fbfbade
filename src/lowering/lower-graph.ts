import type { Graph } from "../graph/index.ts";
import { required } from "../util/index.ts";
import { Emitter } from "./emitter.ts";
import { GraphLowering, shaped } from "./graph-lowering.ts";
import { checkLoweredCalls } from "./lowered-calls.ts";
import { ModelBuilder } from "./model-builder.ts";
import type { Opset } from "./opset.ts";
import { supportedTargets } from "./registry.ts";
import { RefusalReport } from "./report.ts";
import { WeightTable } from "./weights.ts";

/** Names for the outputs; only one that an input has too is not kept. */
function outputNames(graph: Graph): readonly string[] {
  const taken = new Set(graph.inputs.map(({ name }) => name));
  return graph.outputs.map(({ name }) => {
    let unique = name;
    for (let i = 1; taken.has(unique); i++) unique = `${name}_${i}`;
    taken.add(unique);
    return unique;
  });
}

/** A graph as an ONNX model of which it is not said yet where the weights go. */
export interface LoweredGraph {
  readonly model: ModelBuilder;
  /** The folder of the files that hold weights; absent when there are none. */
  readonly externalFolder?: string;
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
}

export interface LowerGraphOptions {
  /** What errors call the graph. */
  readonly name: string;
  /** Whether random operators may give other numbers than PyTorch, and every time others. Default false. */
  readonly allowNondeterministic?: boolean;
  /** Default {@link DEFAULT_OPSET}. */
  readonly opset?: Opset;
}

/** Defines the weights; gives the folder of the files that hold them. */
function bindWeights({ weights }: Graph, emit: Emitter, lowering: GraphLowering): string | undefined {
  const table = new WeightTable();
  for (const { value, name, location } of weights) {
    lowering.bind(value, table.operand(emit.within(name), name, location).name);
  }
  return table.folder;
}

/**
 * Lowers a normalised graph.
 * @throws RelayError OPERATORS_UNSUPPORTED naming every call that cannot be lowered, and why; MODEL_UNSUPPORTED or
 * LIMIT_EXCEEDED for weights, LIMIT_EXCEEDED for loops in the conditions of loops
 */
export function lowerGraph(graph: Graph, options: LowerGraphOptions): LoweredGraph {
  const { name, allowNondeterministic = false, opset } = options;
  checkLoweredCalls(graph, name);
  const names = { inputNames: graph.inputs.map((input) => input.name), outputNames: outputNames(graph) };
  const model = new ModelBuilder([...names.inputNames, ...names.outputNames], opset);
  const emit = new Emitter(model, name);
  const report = new RefusalReport(supportedTargets());
  const lowering = new GraphLowering(graph, emit, { report, allowsRandomness: allowNondeterministic });
  for (const input of graph.inputs) {
    model.input(shaped(input.name, input.value));
    lowering.bindInput(input.value, input.name);
  }
  const externalFolder = bindWeights(graph, emit, lowering);
  lowering.run();
  report.throwIfAny(name);
  graph.outputs.forEach(({ value }, i) => {
    const output = required(names.outputNames[i], "a name for every output");
    model.output(shaped(output, value), lowering.operand(value));
  });
  return { model, ...(externalFolder !== undefined && { externalFolder }), ...names };
}
