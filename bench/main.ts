/**
 * Measures torchrelay: `npm run bench -- [name …]`. Prints a table, and JSON into bench/results.json.
 * The models come from bench/make_models.py.
 */
import { writeFileSync } from "node:fs";
import os from "node:os";
import { engineOverhead } from "./engine-overhead.ts";
import { eventLoop } from "./event-loop.ts";
import { handOff } from "./hand-off.ts";
import type { Measure } from "./measure.ts";
import { loadAndClose, memory } from "./memory.ts";
import { simpleModel } from "./simple-model.ts";

const BENCHMARKS: Readonly<Record<string, () => Promise<Measure[]>>> = {
  "simple-model": simpleModel,
  "engine-overhead": engineOverhead,
  "event-loop": eventLoop,
  memory,
  "load-and-close": loadAndClose,
  "hand-off": handOff,
};

function format(value: number): string {
  return value.toLocaleString("en", { maximumFractionDigits: value < 100 ? 3 : 0 });
}

function line({ name, value, unit, goal, reached }: Measure): string {
  const verdict = goal === undefined ? "" : `${goal.padStart(12)}  ${reached ? "reached" : "missed"}`;
  return `${name.padEnd(44)}${format(value).padStart(12)} ${unit.padEnd(8)}${verdict}`.trimEnd();
}

const names = process.argv.slice(2);
const unknown = names.filter((name) => !Object.hasOwn(BENCHMARKS, name));
if (unknown.length > 0) {
  console.error(`no benchmark ${unknown.join(", ")}; there are ${Object.keys(BENCHMARKS).join(", ")}`);
  process.exit(2);
}
const results: Record<string, Measure[]> = {};
for (const name of names.length > 0 ? names : Object.keys(BENCHMARKS)) {
  results[name] = (await BENCHMARKS[name]?.()) ?? [];
  for (const measure of results[name]) console.log(line(measure));
}
const machine = { cpu: os.cpus()[0]?.model, cores: os.availableParallelism(), node: process.version };
writeFileSync("bench/results.json", `${JSON.stringify({ machine, results }, null, 2)}\n`);
