import type { ModelStats } from "../engine/index.ts";
import { type Family, one, type Sample } from "./prometheus.ts";
import type { Site } from "./site.ts";

/** The models of a server share the workers of its engine. */
function workersOf({ models }: Site): ModelStats["workers"] | undefined {
  for (const { loaded } of models) if (loaded) return loaded.stats().workers;
  return undefined;
}

function workersByState(site: Site): readonly Sample[] {
  const { ready, busy, size } = workersOf(site) ?? { ready: 0, busy: 0, size: 0 };
  const counts = { ready, busy, starting: size - ready };
  return Object.entries(counts).map(([state, value]) => ({ value, labels: { state } }));
}

function eventLoopDelay({ eventLoopDelay: delay }: Site): readonly Sample[] {
  return [
    ...[0.5, 0.99, 1].map((quantile) => ({
      labels: { quantile: String(quantile) },
      value: delay.quantileSeconds(quantile),
    })),
    { suffix: "_sum", value: delay.sumSeconds },
    { suffix: "_count", value: delay.count },
  ];
}

/** Metrics of the server as a whole. */
export const SITE_FAMILIES: readonly Family<Site>[] = [
  {
    name: "torchrelay_build_info",
    type: "gauge",
    help: "1, with the version of the server",
    samples: ({ version }) => [{ value: 1, labels: { version, node: process.versions.node } }],
  },
  {
    name: "torchrelay_ready",
    type: "gauge",
    help: "1 when every model is ready and the server is not closing",
    samples: ({ isReady }) => one(Number(isReady)),
  },
  {
    name: "torchrelay_requests_total",
    type: "counter",
    help: "Requests of all kinds, by what carried them",
    samples: ({ tally }) => Object.entries(tally.requests).map(([carrier, value]) => ({ value, labels: { carrier } })),
  },
  {
    name: "torchrelay_refused_total",
    type: "counter",
    help: "Requests of all kinds answered with an error, by its code",
    samples: ({ tally }) => [...tally.refusals].map(([code, value]) => ({ value, labels: { code } })),
  },
  {
    name: "torchrelay_open_connections",
    type: "gauge",
    help: "HTTP connections that are open",
    samples: ({ tally }) => one(tally.connections),
  },
  {
    name: "torchrelay_workers",
    type: "gauge",
    help: "Worker threads: those that take work, of these the ones that have some, and those that start",
    samples: workersByState,
  },
  {
    name: "torchrelay_workers_replaced_total",
    type: "counter",
    help: "Worker threads that died and were replaced",
    samples: (site) => one(workersOf(site)?.replaced ?? 0),
  },
  {
    name: "torchrelay_event_loop_delay_seconds",
    type: "summary",
    help: "How late the event loop is for what is due, since the server listens",
    samples: eventLoopDelay,
  },
  {
    name: "process_resident_memory_bytes",
    type: "gauge",
    help: "Resident memory",
    samples: () => one(process.memoryUsage.rss()),
  },
  {
    name: "process_cpu_seconds_total",
    type: "counter",
    help: "CPU time, user and system",
    samples: () => one((process.cpuUsage().user + process.cpuUsage().system) / 1e6),
  },
  {
    name: "process_start_time_seconds",
    type: "gauge",
    help: "When the process began, in Unix time",
    samples: () => one(performance.timeOrigin / 1000),
  },
];
