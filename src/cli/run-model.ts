import path from "node:path";
import { performance } from "node:perf_hooks";
import { writeNpz } from "../container/index.ts";
import { type Inputs, type LoadOptions, load, type Model, type Outputs } from "../engine/index.ts";
import { LatencyHistogram } from "../scheduler/index.ts";
import { interruptible } from "./interrupt.ts";
import { toJson } from "./json.ts";
import { barLine, spinnerLine } from "./progress.ts";
import { type InputOptions, makeRequest, readInputs, sampleRequest } from "./request-inputs.ts";
import { type RunReport, reportJson, reportText } from "./run-report.ts";
import { type ScriptFlags, scriptModelOptions } from "./script-flags.ts";
import type { Terminal } from "./terminal.ts";
import { TimelineRecorder } from "./timeline.ts";
import { formatTimeline } from "./timeline-formats.ts";
import { requireWritable, writeWhole } from "./write-file.ts";

export interface RunOptions extends InputOptions, ScriptFlags {
  readonly repeat: number;
  readonly concurrency: number;
  readonly workers?: number;
  readonly intraOpThreads?: number;
  readonly output?: string;
  readonly timeline?: string;
  readonly json?: true;
}

/** The window bounds what waits; the queue need not. */
const UNBOUNDED = Number.MAX_SAFE_INTEGER;

function loadOptions(options: RunOptions): LoadOptions {
  const { workers, intraOpThreads } = options;
  return {
    ...scriptModelOptions(options),
    queueCapacityRows: UNBOUNDED,
    ...(workers !== undefined && { workers }),
    ...(intraOpThreads !== undefined && { intraOpThreads }),
  };
}

interface Repetition {
  readonly repeat: number;
  readonly concurrency: number;
}

/** Runs the same request again and again, as many callers at once would. */
async function repeatRequest(
  model: Model,
  inputs: Inputs,
  { repeat, concurrency }: Repetition,
  terminal: Terminal,
): Promise<Pick<RunReport, "outputs" | "latency" | "elapsedMs">> {
  const startedMs = performance.now();
  const latency = new LatencyHistogram();
  let outputs: Outputs = {};
  let [begun, done] = [0, 0];
  const call = async (): Promise<void> => {
    while (begun < repeat) {
      const isFirst = begun++ === 0;
      const sentMs = performance.now();
      const result = await model.infer(inputs);
      latency.record(performance.now() - sentMs);
      if (isFirst) outputs = result;
      done++;
    }
  };
  const callers = Array.from({ length: Math.min(repeat, concurrency) }, call);
  await terminal.progress.during((elapsedMs) => barLine(done, repeat, elapsedMs), Promise.all(callers));
  return { outputs, latency: latency.summary(), elapsedMs: performance.now() - startedMs };
}

function writeFiles(options: RunOptions, { outputs, file }: RunReport, recorder: TimelineRecorder): void {
  if (options.output !== undefined) writeWhole(options.output, writeNpz(Object.entries(outputs)));
  if (options.timeline !== undefined) {
    writeWhole(options.timeline, formatTimeline(options.timeline, path.basename(file), recorder.timeline));
  }
}

async function execute(
  file: string,
  options: RunOptions,
  signal: AbortSignal,
  terminal: Terminal,
): Promise<RunReport & { readonly recorder: TimelineRecorder }> {
  const given = readInputs(options);
  const loading = load(file, loadOptions(options));
  const model = await terminal.progress.during((elapsedMs) => spinnerLine(`loading ${file}`, elapsedMs), loading);
  try {
    signal.throwIfAborted();
    signal.addEventListener("abort", () => void model.close({ force: true }));
    const recorder = new TimelineRecorder();
    if (options.timeline !== undefined) model.on("batch", (event) => recorder.record(event));
    const inputs = given ? makeRequest(given, model.inputs) : sampleRequest(file, model);
    const { repeat: requests, concurrency } = options;
    const result = await repeatRequest(model, inputs, options, terminal);
    return { file, requests, concurrency, ...result, stats: model.stats(), recorder };
  } finally {
    await model.close({ force: true });
  }
}

function textFor(report: RunReport, { output }: RunOptions, written: readonly string[]): string {
  const text = reportText(report, { showOutputs: output === undefined });
  return text + written.map((file) => `wrote ${file}\n`).join("");
}

/** `torchrelay run`. @throws RelayError, UsageError, Interrupted */
export async function runModel(file: string, options: RunOptions, terminal: Terminal): Promise<void> {
  const targets = [options.output, options.timeline].filter((target) => target !== undefined);
  for (const target of targets) requireWritable(target);
  const { recorder, ...report } = await interruptible((signal) => execute(file, options, signal, terminal));
  writeFiles(options, report, recorder);
  terminal.print(options.json ? `${toJson(reportJson(report))}\n` : textFor(report, options, targets));
}
