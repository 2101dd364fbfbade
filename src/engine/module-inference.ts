import { RelayError, symbol, type Tensor, type TensorSpec } from "../core/index.ts";
import { type Module, trace } from "../nn/index.ts";
import type { ModelSource } from "../workers/index.ts";
import { engineFor, splitOptions } from "./load.ts";
import type { Model } from "./model.ts";
import type { LoadOptions } from "./options.ts";

/** What a module is traced with: the examples' dtypes and shapes, axis 0 free where they agree on it. */
function specsOf(examples: readonly Tensor[]): readonly TensorSpec[] {
  const rows = new Set(examples.map(({ shape }) => shape[0]));
  const isBatched = rows.size === 1 && !rows.has(undefined);
  return examples.map(({ dtype, shape }, i) => ({
    name: examples.length === 1 ? "input" : `input_${i}`,
    dtype,
    shape: isBatched ? [symbol("batch"), ...shape.slice(1)] : shape,
  }));
}

function sourceOf(module: Module, examples: readonly Tensor[]): ModelSource {
  return { kind: "graph", graph: trace(module, specsOf(examples)).graph };
}

/**
 * Makes a model of a module written in TypeScript, with the weights that it has now. Its inputs are called `input`, or
 * `input_0`, `input_1`, …; their shapes are those of the examples, axis 0 free where the examples agree on it.
 * @throws RelayError INPUT_SHAPE, INPUT_DTYPE, OPERATORS_UNSUPPORTED, OPTION_INVALID
 */
export async function loadModule(
  module: Module,
  examples: readonly Tensor[],
  options: LoadOptions = {},
): Promise<Model> {
  const [engineOptions, modelOptions] = splitOptions(options);
  return engineFor(engineOptions).open(sourceOf(module, examples), modelOptions);
}

/** The one output of a model. */
async function outputOf(model: Model, inputs: readonly Tensor[]): Promise<Tensor> {
  const [output, ...others] = Object.values(await model.infer(inputs));
  if (output && others.length === 0) return output;
  const feature = `${others.length + 1} outputs where one is expected`;
  throw new RelayError("MODEL_UNSUPPORTED", { file: "the module", feature, hint: "use loadModule and model.infer" });
}

export interface ConcurrentInferenceOptions {
  /** Threads at work at once. Default: the cores there are. */
  readonly maxWorkers?: number;
}

/**
 * Runs a module of one input and one output on many inputs at the same time; the results are in the order of the inputs.
 */
export async function concurrentInference(
  module: Module,
  inputs: readonly Tensor[],
  { maxWorkers }: ConcurrentInferenceOptions = {},
): Promise<Tensor[]> {
  const [first] = inputs;
  if (!first) return [];
  await using model = await loadModule(module, [first], maxWorkers === undefined ? {} : { workers: maxWorkers });
  return await Promise.all(inputs.map((input) => outputOf(model, [input])));
}

/** Runs a module of one output once. To run it again and again, use {@link loadModule}. */
export async function infer(module: Module, ...inputs: readonly Tensor[]): Promise<Tensor> {
  await using model = await loadModule(module, inputs);
  return await outputOf(model, inputs);
}
