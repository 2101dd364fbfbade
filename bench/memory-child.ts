import { performance } from "node:perf_hooks";
import { load } from "torchrelay";
import { closedLoop, modelFile, rowOf } from "./measure.ts";

/** The same load for however many workers. */
const CALLERS = 16;

/** Loads a model with so many workers, uses them all, and prints what that took. */
const [name = "", workers = "1"] = process.argv.slice(2);
const start = performance.now();
await using model = await load(modelFile(name), { workers: Number(workers), intraOpThreads: 1 });
const loadMs = performance.now() - start;
const row = rowOf(model);
await closedLoop(() => model.infer(row), CALLERS, 2000);
const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
console.log(JSON.stringify({ loadMs, rss, heapUsed, arrayBuffers }));
