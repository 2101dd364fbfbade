import { performance } from "node:perf_hooks";
import { load } from "torchrelay";
import { inspectModel } from "#dist/cli/inspect-model.js";
import { Terminal } from "#dist/cli/terminal.js";
import { modelFile, rowOf } from "./measure.ts";

/** What this script prints: milliseconds of the first time in its process. */
export interface FirstLoad {
  readonly inspectMs: number;
  /** Until the model takes requests, warmed up. */
  readonly loadMs: number;
  /** From then to the first answer. */
  readonly answerMs: number;
}

async function timed<T>(work: () => Promise<T> | T): Promise<readonly [T, number]> {
  const start = performance.now();
  const result = await work();
  return [result, performance.now() - start];
}

const file = modelFile(process.argv[2] ?? "");
const silent = Object.assign(new Terminal(), { print: () => {} });
const [, inspectMs] = await timed(() => inspectModel(file, {}, silent));
const [model, loadMs] = await timed(() => load(file));
const [, answerMs] = await timed(() => model.infer(rowOf(model)));
await model.close();
console.log(JSON.stringify({ inspectMs, loadMs, answerMs } satisfies FirstLoad));
