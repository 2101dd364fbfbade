import { FileSource } from "../container/index.ts";
import { normalize, type Program, printGraph } from "../graph/index.ts";
import { loadProgram } from "../loader/index.ts";
import { classDiagram } from "./class-diagram.ts";
import { toJson } from "./json.ts";
import { modelFacts } from "./model-facts.ts";
import { factsJson, factsText } from "./model-report.ts";
import { moduleTree } from "./module-tree.ts";
import type { Style, Terminal } from "./terminal.ts";

export interface InspectOptions {
  readonly json?: true;
  readonly diagram?: true;
  readonly graph?: true;
}

function readProgram(file: string): { readonly program: Program; readonly bytes: number } {
  const source = new FileSource(file);
  try {
    return { program: loadProgram(source), bytes: source.size };
  } finally {
    source.close();
  }
}

function report(file: string, { json, diagram, graph }: InspectOptions, style: Style): string {
  const { program, bytes } = readProgram(file);
  if (graph) return printGraph(normalize(program.graph));
  if (diagram) return classDiagram(moduleTree(program));
  const facts = modelFacts(file, bytes, program);
  return json ? `${toJson(factsJson(facts))}\n` : factsText(facts, style);
}

/** `torchrelay inspect`. @throws RelayError when the file is no model */
export function inspectModel(file: string, options: InspectOptions, terminal: Terminal): void {
  terminal.print(report(file, options, terminal.style));
}
