import { existsSync, readdirSync, readFileSync } from "node:fs";
import { unzipSync } from "fflate";
import { FileSource, MemorySource } from "../src/container/index.ts";
import { DTYPES } from "../src/core/index.ts";
import type { TensorBuffer } from "../src/runtime/index.ts";
import { required } from "../src/util/index.ts";
import { type CaseEntry, type ConformanceCase, DATA, toCase } from "./cases.ts";
import { numbersOf } from "./compare.ts";

/** How far a result may be off, as a part of the greatest magnitude in PyTorch's. */
const RELATIVE = 1e-3;

interface SurveyEntry extends CaseEntry {
  /** Which sizes are symbolic; absent where the export failed. */
  readonly dynamic?: readonly string[];
  readonly error?: string;
}

/** A model of the survey; PyTorch itself could not export those without a case. */
export interface SurveyedModel {
  /** Library and model: `timm/volo_d1_224`. */
  readonly name: string;
  readonly library: string;
  readonly dynamic: readonly string[];
  readonly error?: string;
  readonly case?: ConformanceCase;
}

function read(folder: string, library: string, file: string): SurveyedModel {
  const stem = `${folder}/${library}/${file.replace(/\.json$/, "")}`;
  const entry = JSON.parse(readFileSync(`${stem}.json`, "utf8")) as SurveyEntry;
  const { name, dynamic = [], error } = entry;
  if (error !== undefined) return { name, library, dynamic, error };
  const tensors = new Uint8Array(readFileSync(`${stem}.bin`));
  return { name, library, dynamic, case: toCase(entry, tensors, () => new FileSource(`${stem}.pt2`)) };
}

/** What `generate/survey.py` wrote into a folder, library by library. */
export function surveyedModels(folder: string): readonly SurveyedModel[] {
  const libraries = ["transformers", "torchvision", "timm"].filter((library) => existsSync(`${folder}/${library}`));
  return libraries.flatMap((library) => {
    const facts = readdirSync(`${folder}/${library}`).filter((file) => file.endsWith(".json"));
    return facts.sort().map((file) => read(folder, library, file));
  });
}

function readZip(file: string): SurveyedModel {
  const members = unzipSync(readFileSync(`${DATA}survey/${file}`));
  const member = (name: string) => required(members[name], `${file} has ${name}`);
  const [entry] = JSON.parse(Buffer.from(member("manifest.json")).toString()) as readonly SurveyEntry[];
  const { name, dynamic = [], ...facts } = required(entry, `${file} has a case`);
  const program = "model.pt2" in members ? "model.pt2" : "programs.bin";
  const source = () => new MemorySource(member(program), `${name}.pt2`);
  const [library = ""] = name.split("/");
  return { name, library, dynamic, case: toCase({ ...facts, name }, member("tensors.bin"), source) };
}

/** The small models of the survey that are in the repository. */
export function committedModels(): readonly SurveyedModel[] {
  return readdirSync(`${DATA}survey`).sort().map(readZip);
}

/** What is farther off than the magnitude of the output allows; undefined when nothing is. */
export function surveyDifference(given: TensorBuffer, wanted: TensorBuffer): string | undefined {
  if (given.dtype !== wanted.dtype) return `dtype ${given.dtype}, not ${wanted.dtype}`;
  if (given.shape.join() !== wanted.shape.join()) return `shape [${given.shape}], not [${wanted.shape}]`;
  const [values, expected] = [numbersOf(given).map(Number), numbersOf(wanted).map(Number)];
  const finite = expected.filter(Number.isFinite).map(Math.abs);
  const magnitude = finite.reduce((most, value) => Math.max(most, value), 0);
  const allowed = DTYPES[wanted.dtype].category === "float" ? RELATIVE * magnitude : 0;
  const at = expected.findIndex((value, i) => !isNear(values[i] ?? Number.NaN, value, allowed));
  return at < 0 ? undefined : `element ${at} is ${values[at]}, not ${expected[at]} (of magnitude ${magnitude})`;
}

function isNear(given: number, wanted: number, allowed: number): boolean {
  return Object.is(given, wanted) || given === wanted || Math.abs(given - wanted) <= allowed;
}
