import { readdirSync, readFileSync } from "node:fs";
import { unzipSync } from "fflate";
import { MemorySource } from "../src/container/index.ts";
import { type DType, symbol, type TensorSpec } from "../src/core/index.ts";
import type { ScriptArgument, ScriptOptions } from "../src/loader/index.ts";
import { required } from "../src/util/index.ts";
import { type CaseEntry, type ConformanceCase, DATA, toCase } from "./cases.ts";

interface ScriptEntry extends CaseEntry {
  /** Where in `programs.bin` the archive begins, and its length. */
  readonly program: readonly [offset: number, length: number];
  /** What a scripted archive does not tell: open sizes are names. */
  readonly inputs?: readonly (readonly [name: string, dtype: DType, shape: readonly (number | string)[]])[];
  readonly arguments?: Readonly<Record<string, ScriptArgument>>;
}

/** A TorchScript archive, with what PyTorch computed from it. */
export interface ScriptCase extends ConformanceCase {
  readonly options: ScriptOptions;
}

function optionsOf({ inputs, arguments: plain }: ScriptEntry): ScriptOptions {
  const specs = inputs?.map(([name, dtype, shape]): TensorSpec => {
    return { name, dtype, shape: shape.map((size) => (typeof size === "string" ? symbol(size) : size)) };
  });
  return { ...(specs && { inputs: specs }), ...(plain && { arguments: plain }) };
}

function readBundle(bundle: string): readonly ScriptCase[] {
  const members = unzipSync(readFileSync(`${DATA}scripts/${bundle}.zip`));
  const member = (name: string) => required(members[name], `${bundle} has ${name}`);
  const entries = JSON.parse(Buffer.from(member("manifest.json")).toString()) as readonly ScriptEntry[];
  return entries.map((entry) => {
    const [offset, length] = entry.program;
    const program = () => new MemorySource(member("programs.bin").subarray(offset, offset + length), `${entry.name}.pt`);
    const name = `${bundle}/${entry.name}`;
    return { ...toCase({ ...entry, name }, member("tensors.bin"), program), options: optionsOf(entry) };
  });
}

/** The cases of every bundle of TorchScript archives, by the bundle's name. */
export function scriptCases(): ReadonlyMap<string, readonly ScriptCase[]> {
  const bundles = readdirSync(`${DATA}scripts`).map((file) => file.replace(".zip", ""));
  return new Map(bundles.sort().map((bundle) => [bundle, readBundle(bundle)]));
}
