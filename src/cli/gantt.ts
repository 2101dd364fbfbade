import type { BatchEvent } from "../scheduler/index.ts";
import { formatCount, formatPlural } from "./format.ts";
import { laneName, lanesOf, startOf, type Timeline } from "./timeline.ts";

/** Mermaid becomes slow, and a chart hard to read, with more. */
const MAX_BARS = 200;

/** Mermaid counts in whole steps, so steps are microseconds where milliseconds would be too coarse. */
interface Unit {
  readonly name: string;
  readonly perMs: number;
}

const MILLISECONDS: Unit = { name: "ms", perMs: 1 };
const MICROSECONDS: Unit = { name: "µs", perMs: 1000 };

/** The shortest bar that whole milliseconds still show well, in milliseconds. */
const COARSE_ENOUGH_MS = 10;

function unitFor(events: readonly BatchEvent[]): Unit {
  return events.every(({ computeMs }) => computeMs >= COARSE_ENOUGH_MS) ? MILLISECONDS : MICROSECONDS;
}

function bar({ startedMs, computeMs, rows, ok }: BatchEvent, originMs: number, { perMs }: Unit): string {
  const start = Math.round((startedMs - originMs) * perMs);
  const end = Math.max(start + 1, Math.round((startedMs - originMs + computeMs) * perMs));
  return `    ${formatPlural(rows, "row")} :${ok ? "" : "crit, "}${start}, ${end}`;
}

function chart(events: readonly BatchEvent[]): string {
  const unit = unitFor(events);
  const originMs = startOf(events);
  const sections = lanesOf(events).flatMap((lane) => {
    const bars = events.filter(({ worker }) => worker === lane).map((event) => bar(event, originMs, unit));
    return [`    section ${laneName(lane)}`, ...bars];
  });
  const head = ["gantt", `    title Batches by worker, ${unit.name}`, "    dateFormat x", "    axisFormat %Q"];
  return [...head, ...sections].join("\n");
}

/** A Markdown page with a Mermaid gantt chart: a section for each worker and one for the event loop. */
export function formatGantt(model: string, { events, dropped }: Timeline): string {
  const drawn = events.toSorted((a, b) => a.startedMs - b.startedMs).slice(0, MAX_BARS);
  const total = events.length + dropped;
  const note = total > drawn.length ? ` The first ${formatCount(drawn.length)} are drawn.` : "";
  const batches = total === 1 ? "1 batch ran." : `${formatCount(total)} batches ran.`;
  return `# Timeline of \`${model}\`\n\n${batches}${note}\n\n\`\`\`mermaid\n${chart(drawn)}\n\`\`\`\n`;
}
