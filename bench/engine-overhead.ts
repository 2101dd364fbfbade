import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { load, type Model } from "torchrelay";
import { FileSource } from "#dist/container/index.js";
import { normalize } from "#dist/graph/index.js";
import { loadProgram } from "#dist/loader/index.js";
import { lower } from "#dist/lowering/index.js";
import { OrtBackend } from "#dist/runtime/index.js";
import type { BareLoopTask } from "./bare-loop.ts";
import { atLeast, closedLoop, type Measure, median, modelFile, rowOf } from "./measure.ts";

const WORKERS = 2;
const CALLERS = 16;
const ROUNDS = 5;
const ROUND_MS = 4000;

/** Runs a second of `WORKERS` threads that do nothing else; starting them is not counted. */
async function bareLoops(task: BareLoopTask): Promise<number> {
  const script = new URL("./bare-loop.js", import.meta.url);
  const threads = Array.from({ length: WORKERS }, () => new Worker(script, { workerData: task }));
  const rates = await Promise.all(threads.map(async (thread) => (await once(thread, "message"))[0] as number));
  return rates.reduce((a, b) => a + b);
}

async function throughEngine(model: Model): Promise<number> {
  const row = rowOf(model);
  return closedLoop(() => model.infer(row), CALLERS, ROUND_MS);
}

/** The engine's throughput at batch 1 against bare native loops on as many threads, interleaved. */
export async function engineOverhead(): Promise<Measure[]> {
  const file = modelFile("resnet18");
  const backend = new OrtBackend();
  const source = new FileSource(file);
  const session = backend.open(lower(normalize(loadProgram(source).graph)), { intraOpThreads: 1 });
  const task: BareLoopTask = { session, inputShape: [1, 3, 224, 224], outputShape: [1, 1000], ms: ROUND_MS };
  await using model = await load(file, { workers: WORKERS, intraOpThreads: 1, maxBatchRows: 1 });
  await using batching = await load(file, { workers: WORKERS, intraOpThreads: 1 });
  const rates: { bare: number[]; engine: number[]; batching: number[] } = { bare: [], engine: [], batching: [] };
  for (let round = 0; round < ROUNDS; round++) {
    rates.bare.push(await bareLoops(task));
    rates.engine.push(await throughEngine(model));
    rates.batching.push(await throughEngine(batching));
  }
  source.close();
  const ratio = (measured: readonly number[]) =>
    median(measured.map((rate, i) => rate / (rates.bare[i] ?? Number.NaN)));
  return [
    { name: `ResNet-18, bare Run on ${WORKERS} threads`, value: median(rates.bare), unit: "runs/s" },
    { name: `ResNet-18, ${CALLERS} callers`, value: median(rates.engine), unit: "calls/s" },
    atLeast("engine / bare loop, batch 1", ratio(rates.engine), "", 0.95),
    { name: "engine / bare loop, batching on", value: ratio(rates.batching), unit: "" },
  ];
}
