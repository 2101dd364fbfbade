import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { load } from "torchrelay";
import { atMost, type Measure, median, modelFile } from "./measure.ts";

const MB = 1e6;
const ROUNDS = 3;

interface Usage {
  readonly loadMs: number;
  readonly rss: number;
  readonly heapUsed: number;
  readonly arrayBuffers: number;
}

function usage(model: string, workers: number): Usage {
  const script = fileURLToPath(new URL("./memory-child.js", import.meta.url));
  return JSON.parse(execFileSync(process.execPath, [script, model, String(workers)], { encoding: "utf8" }));
}

/** One copy of the weights, however many workers; each figure from a fresh process. */
export async function memory(): Promise<Measure[]> {
  modelFile("mlp100mb");
  const rounds = Array.from({ length: ROUNDS }, () => ({ one: usage("mlp100mb", 1), four: usage("mlp100mb", 4) }));
  const vit = usage("vit_b16", 1);
  return [
    { name: "100 MB model, 1 worker, RSS", value: median(rounds.map(({ one }) => one.rss)) / MB, unit: "MB" },
    { name: "100 MB model, 4 workers, RSS", value: median(rounds.map(({ four }) => four.rss)) / MB, unit: "MB" },
    atMost("RSS of 4 workers / 1 worker", median(rounds.map(({ one, four }) => four.rss / one.rss)), "", 1.15),
    atMost("100 MB model, time to load", median(rounds.map(({ one }) => one.loadMs)) / 1000, "s", 1),
    { name: "ViT-B/16 (350 MB), time to load", value: vit.loadMs / 1000, unit: "s" },
    { name: "ViT-B/16, JavaScript heap and buffers", value: (vit.heapUsed + vit.arrayBuffers) / MB, unit: "MB" },
  ];
}

const CYCLES = 200;
const SETTLED_AFTER = 20;

/** Loads and closes the same model again and again. */
export async function loadAndClose(): Promise<Measure[]> {
  const file = modelFile("simple");
  let settled = 0;
  for (let cycle = 1; cycle <= CYCLES; cycle++) {
    const model = await load(file);
    await model.close();
    if (cycle === SETTLED_AFTER) settled = process.memoryUsage.rss();
  }
  const growth = (100 * (process.memoryUsage.rss() - settled)) / settled;
  return [atMost(`RSS growth from load ${SETTLED_AFTER} to load ${CYCLES}`, growth, "%", 10)];
}
