import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { LoadAndClose } from "./load-and-close-child.ts";
import { atMost, type Measure, median, modelFile } from "./measure.ts";

const MB = 1e6;
const ROUNDS = 3;

interface Usage {
  readonly loadMs: number;
  readonly rss: number;
  readonly heapUsed: number;
  readonly arrayBuffers: number;
}

/** What a script of this folder prints. */
function childJson<T>(name: string, ...args: readonly string[]): T {
  const script = fileURLToPath(new URL(`./${name}`, import.meta.url));
  return JSON.parse(execFileSync(process.execPath, [script, ...args], { encoding: "utf8" }));
}

function usage(model: string, workers: number): Usage {
  return childJson("memory-child.js", model, String(workers));
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

/** Loads and closes the same model again and again, in a fresh process. */
export async function loadAndClose(): Promise<Measure[]> {
  modelFile("simple");
  const { settled, end, cycles, settledAfter } = childJson<LoadAndClose>("load-and-close-child.js");
  const growth = (100 * (end - settled)) / settled;
  return [atMost(`RSS growth from load ${settledAfter} to load ${cycles}`, growth, "%", 10)];
}
