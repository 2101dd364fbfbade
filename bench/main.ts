/**
 * Measures torchrelay: `npm run bench -- [name …]`. Prints a table, and JSON into bench/results.json.
 * The models come from bench/make_models.py. `serve`, which needs Python, runs when named; see bench/README.md.
 */
import { writeFileSync } from "node:fs";
import os from "node:os";
import { parseArgs } from "node:util";
import { engineOverhead } from "./engine-overhead.ts";
import { eventLoop } from "./event-loop.ts";
import { handOff } from "./hand-off.ts";
import { loading } from "./load.ts";
import { lowering } from "./lowering.ts";
import type { Measure } from "./measure.ts";
import { loadAndClose, memory } from "./memory.ts";
import { readServeOptions, SERVE_ARGUMENTS } from "./serve/options.ts";
import { type ServeReport, serve } from "./serve/serve.ts";
import { simpleModel } from "./simple-model.ts";

const BENCHMARKS: Readonly<Record<string, () => Promise<Measure[]>>> = {
  "simple-model": simpleModel,
  "engine-overhead": engineOverhead,
  "event-loop": eventLoop,
  memory,
  "load-and-close": loadAndClose,
  "hand-off": handOff,
  load: loading,
  lowering,
};

function format(value: number): string {
  return value.toLocaleString("en", { maximumFractionDigits: value < 100 ? 3 : 0 });
}

function line({ name, value, unit, goal, reached }: Measure): string {
  const verdict = goal === undefined ? "" : `${goal.padStart(12)}  ${reached ? "reached" : "missed"}`;
  return `${name.padEnd(44)}${format(value).padStart(12)} ${unit.padEnd(8)}${verdict}`.trimEnd();
}

const SERVE = "serve";
const { values, positionals: names } = parseArgs({ options: SERVE_ARGUMENTS, allowPositionals: true });
const legal = [...Object.keys(BENCHMARKS), SERVE];
const unknown = names.filter((name) => !legal.includes(name));
if (unknown.length > 0) {
  console.error(`no benchmark ${unknown.join(", ")}; there are ${legal.join(", ")}`);
  process.exit(2);
}
const results: Record<string, readonly Measure[]> = {};
let servers: ServeReport["reports"] = [];
for (const name of names.length > 0 ? names : Object.keys(BENCHMARKS)) {
  if (name === SERVE) {
    const report = await serve(readServeOptions(values));
    servers = report.reports;
    results[name] = report.measures;
  } else results[name] = (await BENCHMARKS[name]?.()) ?? [];
  for (const measure of results[name] ?? []) console.log(line(measure));
}
const machine = { cpu: os.cpus()[0]?.model, cores: os.availableParallelism(), node: process.version };
writeFileSync("bench/results.json", `${JSON.stringify({ machine, results, servers }, null, 2)}\n`);
