import { load } from "torchrelay";
import { modelFile } from "./measure.ts";

/** What this script prints: resident bytes after some and after all cycles. */
export interface LoadAndClose {
  readonly cycles: number;
  readonly settledAfter: number;
  readonly settled: number;
  readonly end: number;
}

const cycles = 200;
const settledAfter = 20;
let settled = 0;
for (let cycle = 1; cycle <= cycles; cycle++) {
  const model = await load(modelFile("simple"));
  await model.close();
  if (cycle === settledAfter) settled = process.memoryUsage.rss();
}
console.log(JSON.stringify({ cycles, settledAfter, settled, end: process.memoryUsage.rss() } satisfies LoadAndClose));
