import { readdirSync, readFileSync } from "node:fs";
import { unzipSync } from "fflate";
import { type ByteSource, FileSource, MemorySource } from "../src/container/index.ts";
import { DTYPES, isDType, numel, parseTensorSpec } from "../src/core/index.ts";
import type { ScriptOptions } from "../src/loader/index.ts";
import type { TensorBuffer } from "../src/runtime/index.ts";
import { assert, required } from "../src/util/index.ts";

type TensorEntry = readonly [dtype: string, shape: readonly number[], offset: number];

export interface CaseEntry {
  readonly name: string;
  /** Where in `programs.bin` the program begins, and its length. */
  readonly program?: readonly [offset: number, length: number];
  readonly runs: readonly { readonly inputs: readonly TensorEntry[]; readonly outputs: readonly TensorEntry[] }[];
  readonly rounding?: number;
  readonly arbitrary?: boolean;
  readonly options?: ScriptEntry;
}

/** What a TorchScript program's file does not tell; symbols are strings. */
interface ScriptEntry {
  readonly inputs?: readonly {
    readonly name: string;
    readonly dtype: string;
    readonly shape: readonly (number | string)[];
  }[];
  readonly arguments?: ScriptOptions["arguments"];
  readonly method?: string;
}

export interface Run {
  readonly inputs: readonly TensorBuffer[];
  readonly outputs: readonly TensorBuffer[];
}

/** A program that PyTorch exported, with what PyTorch computed. */
export interface ConformanceCase {
  readonly name: string;
  readonly source: () => ByteSource;
  readonly runs: () => readonly Run[];
  /** How far PyTorch's float16 results are from its own float32 results. */
  readonly rounding: number;
  readonly options: ScriptOptions;
  /** Whether the results are whatever lies in memory, so that only dtypes and shapes count. */
  readonly isArbitrary: boolean;
}

export const DATA: string = new URL("./data/", import.meta.url).pathname;

/** What complex numbers are at the boundary of a model: pairs along a last axis. */
const PAIRS: Readonly<Record<string, string>> = { complex64: "float32", complex128: "float64" };

function readTensor([dtype, shape, offset]: TensorEntry, tensors: Uint8Array): TensorBuffer {
  const pairs = PAIRS[dtype];
  if (pairs) return readTensor([pairs, [...shape, 2], offset], tensors);
  assert(isDType(dtype), `the data has dtype ${dtype}`);
  return { dtype, shape, bytes: tensors.slice(offset, offset + numel(shape) * DTYPES[dtype].bytes) };
}

function scriptOptions({ inputs, arguments: plain, method }: ScriptEntry): ScriptOptions {
  const specs = inputs?.map(({ name, dtype, shape }) => parseTensorSpec(`${name}:${dtype}[${shape.join(",")}]`));
  return {
    ...(specs && { inputs: specs }),
    ...(plain && { arguments: plain }),
    ...(method !== undefined && { method }),
  };
}

/** A case of a manifest, whose tensors are in `tensors`. */
export function toCase(entry: CaseEntry, tensors: Uint8Array, source: () => ByteSource): ConformanceCase {
  const read = (entries: readonly TensorEntry[]) => entries.map((tensor) => readTensor(tensor, tensors));
  return {
    name: entry.name,
    rounding: entry.rounding ?? 0,
    options: scriptOptions(entry.options ?? {}),
    isArbitrary: entry.arbitrary ?? false,
    source,
    runs: () => entry.runs.map(({ inputs, outputs }) => ({ inputs: read(inputs), outputs: read(outputs) })),
  };
}

function parseManifest(bytes: Uint8Array): readonly CaseEntry[] {
  return JSON.parse(Buffer.from(bytes).toString()) as readonly CaseEntry[];
}

/** The cases of one bundle, under names that begin with `prefix`; programs are packed together, or files of their own. */
export function readBundle(path: string, prefix: string, extension = ".pt2"): readonly ConformanceCase[] {
  const members = unzipSync(readFileSync(path));
  const member = (name: string) => required(members[name], `${path} has ${name}`);
  return parseManifest(member("manifest.json")).map((entry) => {
    const file = `${entry.name}${extension}`;
    const [start, length] = entry.program ?? [];
    const program = () =>
      start === undefined ? member(file) : member("programs.bin").subarray(start, start + (length ?? 0));
    const name = `${prefix}${entry.name}`;
    return toCase({ ...entry, name }, member("tensors.bin"), () => new MemorySource(program(), file));
  });
}

/** The cases of every bundle of operators, by the bundle's name. */
export function operatorCases(): ReadonlyMap<string, readonly ConformanceCase[]> {
  const bundles = readdirSync(`${DATA}operators`).map((file) => file.replace(".zip", ""));
  return new Map(bundles.sort().map((bundle) => [bundle, readBundle(`${DATA}operators/${bundle}.zip`, `${bundle}/`)]));
}

/** Programs that torch.jit traced or scripted. */
export function scriptCases(): readonly ConformanceCase[] {
  return ["language", "changes"].flatMap((name) => readBundle(`${DATA}torchscript/${name}.zip`, `${name}/`, ".pt"));
}

/** Whole models, each in a file of its own, so that their weights are mapped. */
export function modelCases(): readonly ConformanceCase[] {
  const folder = `${DATA}models/`;
  const tensors = new Uint8Array(readFileSync(`${folder}tensors.bin`));
  return parseManifest(readFileSync(`${folder}manifest.json`)).map((entry) =>
    toCase(entry, tensors, () => new FileSource(`${folder}${entry.name}.pt2`)),
  );
}
