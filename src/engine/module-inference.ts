import { parseTensorSpec, RelayError, symbol, type Tensor, type TensorSpec } from "../core/index.ts";
import { type Module, trace } from "../nn/index.ts";
import type { ModelSource } from "../workers/index.ts";
import { engineFor, splitOptions } from "./load.ts";
import type { Model } from "./model.ts";
import type { LoadOptions } from "./options.ts";

function nameOf(at: number, count: number): string {
  return count === 1 ? "input" : `input_${at}`;
}

/** What a module is traced with: the examples' dtypes and shapes, axis 0 free where they agree on it. */
function specsOf(inputs: readonly (Tensor | string)[]): readonly TensorSpec[] {
  const examples = inputs.filter((input) => typeof input !== "string");
  const rows = new Set(examples.map(({ shape }) => shape[0]));
  const isBatched = rows.size === 1 && !rows.has(undefined);
  return inputs.map((input, i) => {
    if (typeof input === "string") return parseTensorSpec(input);
    const shape = isBatched ? [symbol("batch"), ...input.shape.slice(1)] : input.shape;
    return { name: nameOf(i, inputs.length), dtype: input.dtype, shape };
  });
}

function sourceOf(module: Module, inputs: readonly (Tensor | string)[]): ModelSource {
  return { kind: "graph", graph: trace(module, specsOf(inputs)).graph };
}

/**
 * Makes a model of a module written in TypeScript, with the weights that it has now. Its inputs are told in words, as
 * `ids:int64[batch,length]`, where names of sizes stand for any; or by examples: then they are called `input`, or
 * `input_0`, `input_1`, …, and their shapes are those of the examples, axis 0 free where the examples agree on it.
 * @throws RelayError INPUT_SHAPE, INPUT_DTYPE, OPERATORS_UNSUPPORTED, OPTION_INVALID
 */
export async function loadModule(
  module: Module,
  inputs: readonly (Tensor | string)[],
  options: LoadOptions = {},
): Promise<Model> {
  const [engineOptions, modelOptions] = splitOptions(options);
  return engineFor(engineOptions).open(sourceOf(module, inputs), modelOptions);
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
