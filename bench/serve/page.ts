import { writeFileSync } from "node:fs";
import os from "node:os";
import type { Measure } from "../measure.ts";
import type { ServeOptions } from "./options.ts";
import { asMarkdown, type Table } from "./tables.ts";

const FILE = "bench/serve/RESULTS.md";

function goalTable(measures: readonly Measure[]): Table {
  const rows = measures.map(({ name, value, goal = "", reached }) => [
    name,
    value.toFixed(2),
    goal,
    reached === undefined ? "" : reached ? "yes" : "no",
  ]);
  return { title: "torchrelay compared", columns: ["ratio", "value", "goal", "reached"], rows };
}

/** Writes the last results as a page of Markdown. */
export function writePage(tables: readonly Table[], measures: readonly Measure[], { threads }: ServeOptions): void {
  const machine = `${os.cpus()[0]?.model}, ${os.availableParallelism()} cores, Node ${process.version}`;
  const head = `# Inference servers side by side

Written by \`npm run bench -- serve --page\` on ${machine}; ${threads} threads for each server. What is measured and how the
servers are set up: [bench/README.md](../README.md). "open" is a Poisson stream of requests, timed from when each was due.
`;
  writeFileSync(FILE, [head, asMarkdown(goalTable(measures)), ...tables.map(asMarkdown)].join("\n"));
}
