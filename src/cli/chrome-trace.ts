import type { BatchEvent } from "../scheduler/index.ts";
import { formatPlural } from "./format.ts";
import { toJson } from "./json.ts";
import { laneName, lanesOf, startOf, type Timeline } from "./timeline.ts";

/** One process in the trace; its thread 0 is the event loop, worker n is thread n + 1. */
const PROCESS = 1;

function threadOf(worker: number | undefined): number {
  return worker === undefined ? 0 : worker + 1;
}

function threadName(worker: number | undefined): { readonly [key: string]: string | number | { name: string } } {
  return { name: "thread_name", ph: "M", pid: PROCESS, tid: threadOf(worker), args: { name: laneName(worker) } };
}

/** Chrome's trace event format, as chrome://tracing and Perfetto read it; times in microseconds since the first batch. */
export function formatChromeTrace(model: string, { events, dropped }: Timeline): string {
  const originMs = startOf(events);
  const complete = ({ startedMs, computeMs, worker, rows, requests, queuedMs, ok }: BatchEvent) => ({
    name: formatPlural(rows, "row"),
    ph: "X",
    pid: PROCESS,
    tid: threadOf(worker),
    ts: (startedMs - originMs) * 1000,
    dur: computeMs * 1000,
    args: { rows, requests, queuedMs, ok },
  });
  const traceEvents = [...lanesOf(events).map(threadName), ...events.map(complete)];
  return `${toJson({ displayTimeUnit: "ms", otherData: { model, dropped }, traceEvents })}\n`;
}
