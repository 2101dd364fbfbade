import { FileSource } from "../container/index.ts";
import { normalize, printGraph } from "../graph/index.ts";
import { identify, isCheckpoint, loadCheckpoint, loadOnnx, loadProgram } from "../loader/index.ts";
import { checkpointJson, checkpointText } from "./checkpoint-report.ts";
import { classDiagram } from "./class-diagram.ts";
import { toJson } from "./json.ts";
import { modelFacts } from "./model-facts.ts";
import { factsJson, factsText } from "./model-report.ts";
import { moduleTree } from "./module-tree.ts";
import { onnxJson, onnxText } from "./onnx-report.ts";
import { type ScriptFlags, scriptOptions } from "./script-flags.ts";
import type { Style, Terminal } from "./terminal.ts";

export interface InspectOptions extends ScriptFlags {
  readonly json?: true;
  readonly diagram?: true;
  readonly graph?: true;
}

/** What the options ask for, and where it comes from. */
interface Inspection extends InspectOptions {
  readonly file: string;
  readonly source: FileSource;
  readonly style: Style;
}

function reportProgram(inspection: Inspection): string {
  const { file, source, json, diagram, graph, style } = inspection;
  const program = loadProgram(source, scriptOptions(inspection));
  if (graph) return printGraph(normalize(program.graph));
  if (diagram) return classDiagram(moduleTree(program));
  const facts = modelFacts(file, source.size, program);
  return json ? `${toJson(factsJson(facts))}\n` : factsText(facts, style);
}

function reportCheckpoint({ file, source, json, style }: Inspection, advice: string): string {
  const facts = { file, bytes: source.size, advice, checkpoint: loadCheckpoint(file) };
  return json ? `${toJson(checkpointJson(facts))}\n` : checkpointText(facts, style);
}

function reportOnnx({ file, source, json }: Inspection): string {
  const facts = { file, bytes: source.size, onnx: loadOnnx(source) };
  return json ? `${toJson(onnxJson(facts))}\n` : onnxText(facts);
}

function report(inspection: Inspection): string {
  const { source, diagram, graph } = inspection;
  const finding = identify(source);
  if (diagram || graph) return reportProgram(inspection);
  if (isCheckpoint(finding)) return reportCheckpoint(inspection, finding.advice);
  return finding.format === "onnx" ? reportOnnx(inspection) : reportProgram(inspection);
}

/** `torchrelay inspect`. @throws RelayError when the file is neither a model nor a checkpoint */
export function inspectModel(file: string, options: InspectOptions, terminal: Terminal): void {
  const source = new FileSource(file);
  try {
    terminal.print(report({ ...options, file, source, style: terminal.style }));
  } finally {
    source.close();
  }
}
