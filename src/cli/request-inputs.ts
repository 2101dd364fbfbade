import { FileSource, readNpy, readNpz } from "../container/index.ts";
import {
  asPairs,
  describeShape,
  RelayError,
  type Signature,
  Tensor,
  type TensorSpec,
  toBfloat16,
} from "../core/index.ts";
import type { Inputs, Model } from "../engine/index.ts";
import { UsageError } from "./usage-error.ts";

/** `NAME=FILE.npy` */
export interface InputFile {
  readonly name: string;
  readonly file: string;
}

export interface InputOptions {
  readonly input?: readonly InputFile[];
  /** An `.npz` file. */
  readonly inputs?: string;
}

/** Tensors as the user named them. */
export type GivenInputs = readonly (readonly [name: string, tensor: Tensor])[];

/** What `read` makes of an opened file, which is then closed. */
function withFile<T>(file: string, read: (source: FileSource) => T): T {
  const source = new FileSource(file);
  try {
    return read(source);
  } finally {
    source.close();
  }
}

function readGiven({ input = [], inputs }: InputOptions): GivenInputs {
  const arrays = inputs === undefined ? [] : withFile(inputs, readNpz);
  const named = input.map(({ name, file }) => {
    return [name, withFile(file, (source) => readNpy(source.read(0, source.size), source.name))] as const;
  });
  return [...arrays, ...named];
}

/** The inputs that the user gave; undefined when none. @throws RelayError */
export function readInputs(options: InputOptions): GivenInputs | undefined {
  const isGiven = options.input !== undefined || options.inputs !== undefined;
  return isGiven ? readGiven(options) : undefined;
}

function describeInputs({ inputs, symbols }: Signature): string {
  return inputs.map(({ name, dtype, shape }) => `  ${name}: ${dtype}${describeShape(shape, symbols)}`).join("\n");
}

/** The inputs that the model file carries. @throws UsageError when it carries none */
export function sampleRequest(file: string, { sampleInputs, signature }: Model): Inputs {
  if (sampleInputs) return sampleInputs;
  const how = "give them with --input NAME=FILE.npy or --inputs FILE.npz";
  throw new UsageError(`${file} carries no sample inputs; ${how}; the model takes\n${describeInputs(signature)}`);
}

const POSITION = /^in_(\d+)$/;

/** `in_0`, `in_1`, … stand for the model's inputs in order, unless the model has inputs of such names. */
function nameOf(given: string, specs: readonly TensorSpec[]): string {
  if (specs.some(({ name }) => name === given)) return given;
  const position = POSITION.exec(given)?.[1];
  return (position !== undefined && specs[Number(position)]?.name) || given;
}

/** Complex inputs are pairs. NumPy has no bfloat16: such inputs are given as float32 and rounded. */
function convert(tensor: Tensor, spec: TensorSpec | undefined): Tensor {
  if (spec?.dtype !== "bfloat16" || tensor.dtype !== "float32") return asPairs(tensor);
  return new Tensor("bfloat16", toBfloat16((tensor as Tensor<"float32">).data), tensor.shape);
}

/** The request that the given inputs make. The engine checks that it fits. @throws RelayError INPUT_NAME when an input is given twice */
export function makeRequest(given: GivenInputs, specs: readonly TensorSpec[]): Inputs {
  const request = new Map<string, Tensor>();
  for (const [label, tensor] of given) {
    const name = nameOf(label, specs);
    if (request.has(name)) {
      throw new RelayError("INPUT_NAME", { given: `${name} twice`, legal: specs.map((spec) => spec.name).join(", ") });
    }
    const spec = specs.find((candidate) => candidate.name === name);
    request.set(name, convert(tensor, spec));
  }
  return Object.fromEntries(request);
}
