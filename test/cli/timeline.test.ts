import { expect, test } from "vitest";
import { formatChromeTrace } from "../../src/cli/chrome-trace.ts";
import { formatGantt } from "../../src/cli/gantt.ts";
import { TimelineRecorder } from "../../src/cli/timeline.ts";
import type { BatchEvent } from "../../src/scheduler/index.ts";

function batch(startedMs: number, computeMs: number, more: Partial<BatchEvent> = {}): BatchEvent {
  return { startedMs, computeMs, inputMs: 0, outputMs: 0, rows: 2, requests: 1, queuedMs: 0.5, ok: true, ...more };
}

const EVENTS = [
  batch(1000.25, 0.5, { worker: 1 }),
  batch(1000, 2, { worker: 0, rows: 1 }),
  batch(1003, 0.0001),
  batch(1002, 1, { worker: 0, ok: false }),
];

test("a gantt chart has a section a worker and one for the event loop, in microseconds when batches are short", () => {
  expect(formatGantt("m.pt2", { events: EVENTS, dropped: 0 })).toBe(`# Timeline of \`m.pt2\`

4 batches ran.

\`\`\`mermaid
gantt
    title Batches by worker, µs
    dateFormat x
    axisFormat %Q
    section worker 0
    1 row :0, 2000
    2 rows :crit, 2000, 3000
    section worker 1
    2 rows :250, 750
    section event loop
    2 rows :3000, 3001
\`\`\`
`);
});

test("long batches are drawn in milliseconds", () => {
  const chart = formatGantt("m.pt2", { events: [batch(5, 20), batch(30.4, 10)], dropped: 0 });
  expect(chart).toContain("title Batches by worker, ms");
  expect(chart).toContain("    2 rows :0, 20\n    2 rows :25, 35\n");
});

test("a chart draws the first 200 batches and says so", () => {
  const events = Array.from({ length: 300 }, (_, i) => batch(300 - i, 0.5, { worker: 0 }));
  const chart = formatGantt("m.pt2", { events, dropped: 7 });
  expect(chart).toContain("307 batches ran. The first 200 are drawn.");
  expect(chart.match(/^ {4}2 rows :/gm)).toHaveLength(200);
  expect(chart).toContain(":199000, 199500");
});

test("a Chrome trace has complete events in microseconds and names for its threads", () => {
  const trace = JSON.parse(formatChromeTrace("m.pt2", { events: EVENTS, dropped: 3 }));
  expect(trace.otherData).toEqual({ model: "m.pt2", dropped: 3 });
  const names = trace.traceEvents
    .slice(0, 3)
    .map((event: { tid: number; args: { name: string } }) => [event.tid, event.args.name]);
  expect(names).toEqual([
    [1, "worker 0"],
    [2, "worker 1"],
    [0, "event loop"],
  ]);
  expect(trace.traceEvents[3]).toEqual({
    name: "2 rows",
    ph: "X",
    pid: 1,
    tid: 2,
    ts: 250,
    dur: 500,
    args: { rows: 2, requests: 1, queuedMs: 0.5, ok: true },
  });
});

test("a recorder keeps the first batches and counts the rest", () => {
  const recorder = new TimelineRecorder();
  for (let i = 0; i < 100_005; i++) recorder.record(batch(i, 1));
  expect(recorder.timeline.events).toHaveLength(100_000);
  expect(recorder.timeline.events[0]?.startedMs).toBe(0);
  expect(recorder.timeline.dropped).toBe(5);
});
