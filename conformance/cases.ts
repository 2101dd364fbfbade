import { readdirSync, readFileSync } from "node:fs";
import { unzipSync } from "fflate";
import { type ByteSource, FileSource, MemorySource } from "../src/container/index.ts";
import { DTYPES, isDType, numel } from "../src/core/index.ts";
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
  /** Whether the results are whatever lies in memory, so that only dtypes and shapes count. */
  readonly isArbitrary: boolean;
}

export const DATA: string = new URL("./data/", import.meta.url).pathname;

function readTensor([dtype, shape, offset]: TensorEntry, tensors: Uint8Array): TensorBuffer {
  assert(isDType(dtype), `the data has dtype ${dtype}`);
  return { dtype, shape, bytes: tensors.slice(offset, offset + numel(shape) * DTYPES[dtype].bytes) };
}

/** A case of a manifest, whose tensors are in `tensors`. */
export function toCase(entry: CaseEntry, tensors: Uint8Array, source: () => ByteSource): ConformanceCase {
  const read = (entries: readonly TensorEntry[]) => entries.map((tensor) => readTensor(tensor, tensors));
  return {
    name: entry.name,
    rounding: entry.rounding ?? 0,
    isArbitrary: entry.arbitrary ?? false,
    source,
    runs: () => entry.runs.map(({ inputs, outputs }) => ({ inputs: read(inputs), outputs: read(outputs) })),
  };
}

function parseManifest(bytes: Uint8Array): readonly CaseEntry[] {
  return JSON.parse(Buffer.from(bytes).toString()) as readonly CaseEntry[];
}

/** The cases of one bundle, under names that begin with `prefix`. */
export function readBundle(path: string, prefix: string): readonly ConformanceCase[] {
  const members = unzipSync(readFileSync(path));
  const member = (name: string) => required(members[name], `${path} has ${name}`);
  return parseManifest(member("manifest.json")).map((entry) => {
    const [offset, length] = required(entry.program, `${entry.name} has a program`);
    const program = () => member("programs.bin").subarray(offset, offset + length);
    const source = () => new MemorySource(program(), `${entry.name}.pt2`);
    return toCase({ ...entry, name: `${prefix}${entry.name}` }, member("tensors.bin"), source);
  });
}

/** The cases of every bundle of operators, by the bundle's name. */
export function operatorCases(): ReadonlyMap<string, readonly ConformanceCase[]> {
  const bundles = readdirSync(`${DATA}operators`).map((file) => file.replace(".zip", ""));
  return new Map(bundles.sort().map((bundle) => [bundle, readBundle(`${DATA}operators/${bundle}.zip`, `${bundle}/`)]));
}

/** Whole models, each in a file of its own, so that their weights are mapped. */
export function modelCases(): readonly ConformanceCase[] {
  const folder = `${DATA}models/`;
  const tensors = new Uint8Array(readFileSync(`${folder}tensors.bin`));
  return parseManifest(readFileSync(`${folder}manifest.json`)).map((entry) =>
    toCase(entry, tensors, () => new FileSource(`${folder}${entry.name}.pt2`)),
  );
}
