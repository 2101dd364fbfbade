import { readdirSync, readFileSync } from "node:fs";
import { unzipSync } from "fflate";
import { MemorySource } from "../src/container/index.ts";
import { required } from "../src/util/index.ts";
import { type CaseEntry, type ConformanceCase, DATA, toCase } from "./cases.ts";

interface ScriptEntry extends CaseEntry {
  /** Where in `programs.bin` the archive begins, and its length. */
  readonly program: readonly [offset: number, length: number];
}

const FOLDER = `${DATA}scripts/`;

function readBundle(bundle: string): readonly ConformanceCase[] {
  const members = unzipSync(readFileSync(`${FOLDER}${bundle}.zip`));
  const member = (name: string) => required(members[name], `${bundle} has ${name}`);
  const entries = JSON.parse(Buffer.from(member("manifest.json")).toString()) as readonly ScriptEntry[];
  return entries.map((entry) => {
    const [offset, length] = entry.program;
    const archive = () =>
      new MemorySource(member("programs.bin").subarray(offset, offset + length), `${entry.name}.pt`);
    return toCase({ ...entry, name: `${bundle}/${entry.name}` }, member("tensors.bin"), archive);
  });
}

/** TorchScript archives with what PyTorch computed from them, by the bundle's name. */
export function archiveCases(): ReadonlyMap<string, readonly ConformanceCase[]> {
  const bundles = readdirSync(FOLDER).map((file) => file.replace(".zip", ""));
  return new Map(bundles.sort().map((bundle) => [bundle, readBundle(bundle)]));
}
