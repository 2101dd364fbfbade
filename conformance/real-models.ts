import { readFileSync } from "node:fs";
import path from "node:path";
import { type DType, Tensor } from "torchrelay";
import { DTYPES } from "../src/core/index.ts";

interface TensorEntry {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly file: string;
}

type Entries = Readonly<Record<string, TensorEntry>>;

/** Tensors by name. */
export type Named = Readonly<Record<string, Tensor>>;

/** What goes in, and what its reference gives. */
export interface Step {
  readonly inputs: Named;
  readonly outputs: Named;
}

/** A model that someone trained and published, with real inputs and what a reference computed. */
export interface RealModel {
  /** The model's files by their paths. */
  readonly files: readonly string[];
  /** How far results may be from the reference's. */
  readonly tolerance: { readonly relative: number; readonly absolute: number };
  /** Which output is which input of the next step. */
  readonly state: Readonly<Record<string, string>>;
  /** What a right answer means; its form is the model's own. */
  readonly decoded: unknown;
  readonly steps: readonly Step[];
  /** Another file of the folder, by its path in it. */
  readonly file: (name: string) => string;
}

interface Manifest {
  readonly models: readonly string[];
  readonly tolerance: { readonly rtol: number; readonly atol: number };
  readonly state: Readonly<Record<string, string>> | null;
  readonly decoded: unknown;
  readonly steps: readonly { readonly inputs: Entries; readonly outputs: Entries }[];
}

/** Reads the folder `name` of the models at `root`: a `case.json` beside model files and raw little-endian arrays. */
export function realModel(root: string, name: string): RealModel {
  const file = (inside: string): string => path.join(root, name, inside);
  const tensor = ({ dtype, shape, file: data }: TensorEntry): Tensor => {
    const bytes = new Uint8Array(readFileSync(file(data)));
    const { array } = DTYPES[dtype];
    return new Tensor(dtype, new array(bytes.buffer, 0, bytes.length / array.BYTES_PER_ELEMENT) as never, shape);
  };
  const tensors = (entries: Entries): Named =>
    Object.fromEntries(Object.entries(entries).map(([each, entry]) => [each, tensor(entry)]));
  const { models, tolerance, state, decoded, steps } = JSON.parse(readFileSync(file("case.json"), "utf8")) as Manifest;
  return {
    files: models.map(file),
    tolerance: { relative: tolerance.rtol, absolute: tolerance.atol },
    state: state ?? {},
    decoded,
    steps: steps.map(({ inputs, outputs }) => ({ inputs: tensors(inputs), outputs: tensors(outputs) })),
    file,
  };
}
