import { readdirSync, readFileSync } from "node:fs";
import { unzipSync } from "fflate";
import { type ByteSource, FileSource, MemorySource } from "../src/container/index.ts";
import { DTYPES, type DType, isDType, numel } from "../src/core/index.ts";
import type { TensorBuffer } from "../src/runtime/index.ts";

type TensorEntry = readonly [dtype: string, shape: readonly number[], offset: number];

interface CaseEntry {
  readonly name: string;
  readonly targets: readonly string[];
  readonly runs: readonly { readonly inputs: readonly TensorEntry[]; readonly outputs: readonly TensorEntry[] }[];
}

export interface Run {
  readonly inputs: readonly TensorBuffer[];
  readonly outputs: readonly TensorBuffer[];
}

/** A program that PyTorch exported, with what PyTorch computed. */
export interface ConformanceCase {
  readonly name: string;
  /** The ATen operators of the program. */
  readonly targets: readonly string[];
  readonly source: () => ByteSource;
  readonly runs: () => readonly Run[];
}

const DATA = new URL("./data/", import.meta.url).pathname;

function dtypeOf(name: string): DType {
  if (!isDType(name)) throw new Error(`the data has dtype ${name}`);
  return name;
}

function readTensor([name, shape, offset]: TensorEntry, tensors: Uint8Array): TensorBuffer {
  const dtype = dtypeOf(name);
  const bytes = tensors.slice(offset, offset + numel(shape) * DTYPES[dtype].bytes);
  return { dtype, shape, bytes };
}

function toCase(entry: CaseEntry, tensors: Uint8Array, source: () => ByteSource): ConformanceCase {
  const read = (entries: readonly TensorEntry[]) => entries.map((tensor) => readTensor(tensor, tensors));
  return {
    name: entry.name,
    targets: entry.targets,
    source,
    runs: () => entry.runs.map(({ inputs, outputs }) => ({ inputs: read(inputs), outputs: read(outputs) })),
  };
}

function parseManifest(bytes: Uint8Array | undefined): readonly CaseEntry[] {
  return JSON.parse(Buffer.from(bytes ?? []).toString()) as readonly CaseEntry[];
}

function readBundle(path: string): readonly ConformanceCase[] {
  const members = unzipSync(readFileSync(path));
  const member = (name: string) => members[name] ?? new Uint8Array(0);
  return parseManifest(members["manifest.json"]).map((entry) => {
    const file = `${entry.name}.pt2`;
    return toCase(entry, member("tensors.bin"), () => new MemorySource(member(file), file));
  });
}

/** The cases of every bundle of operators, by the bundle's name. */
export function operatorCases(): ReadonlyMap<string, readonly ConformanceCase[]> {
  const files = readdirSync(`${DATA}operators`).sort();
  return new Map(files.map((file) => [file.replace(".zip", ""), readBundle(`${DATA}operators/${file}`)]));
}

/** Whole models, each in a file of its own, so that their weights are mapped. */
export function modelCases(): readonly ConformanceCase[] {
  const folder = `${DATA}models/`;
  const tensors = new Uint8Array(readFileSync(`${folder}tensors.bin`));
  return parseManifest(readFileSync(`${folder}manifest.json`)).map((entry) =>
    toCase(entry, tensors, () => new FileSource(`${folder}${entry.name}.pt2`)),
  );
}
