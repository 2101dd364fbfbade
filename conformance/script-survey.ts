import { existsSync, readdirSync, readFileSync } from "node:fs";
import { FileSource } from "../src/container/index.ts";
import { type CaseEntry, type ConformanceCase, toCase } from "./cases.ts";

interface ScriptSurveyEntry extends CaseEntry {
  readonly form: "traced" | "scripted";
  readonly error?: string;
}

/** A model of the survey as a TorchScript file; PyTorch itself could not write those without a case. */
export interface SurveyedScript {
  /** Library and model: `timm/volo_d1_224`. */
  readonly name: string;
  readonly form: "traced" | "scripted";
  readonly error?: string;
  readonly case?: ConformanceCase;
}

function read(folder: string, library: string, file: string): SurveyedScript {
  const stem = `${folder}/${library}/${file.replace(/\.json$/, "")}`;
  const entry = JSON.parse(readFileSync(`${stem}.json`, "utf8")) as ScriptSurveyEntry;
  const { name, form, error } = entry;
  if (error !== undefined) return { name, form, error };
  const tensors = new Uint8Array(readFileSync(`${stem}.bin`));
  return { name, form, case: toCase(entry, tensors, () => new FileSource(`${stem}.pt`)) };
}

/** What `generate/torchscript_survey.py` wrote into a folder, library by library. */
export function surveyedScripts(folder: string): readonly SurveyedScript[] {
  const libraries = ["transformers", "torchvision", "timm"].filter((library) => existsSync(`${folder}/${library}`));
  return libraries.flatMap((library) => {
    const facts = readdirSync(`${folder}/${library}`).filter((file) => file.endsWith(".json"));
    return facts.sort().map((file) => read(folder, library, file));
  });
}
