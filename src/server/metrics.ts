import type { ErrorCode } from "../core/index.ts";
import type { ModelStats } from "../engine/index.ts";
import type { RunTimes } from "../scheduler/index.ts";
import { type Family, type Labels, one, type Sample, writeFamily } from "./prometheus.ts";
import type { ServedModel } from "./served-model.ts";
import type { Site } from "./site.ts";
import { SITE_FAMILIES } from "./site-metrics.ts";
import { batchCount, totalQueueMs } from "./statistics.ts";

interface Measured {
  readonly served: ServedModel;
  readonly stats: ModelStats;
}

/** Triton's reasons; what it has no name for is OTHER. */
const REASONS: Readonly<Partial<Record<ErrorCode, string>>> = {
  QUEUE_FULL: "REJECTED",
  DEADLINE_EXCEEDED: "REJECTED",
  CANCELLED: "CANCELED",
  RUN_FAILED: "BACKEND",
  WORKER_DIED: "BACKEND",
};

function failuresByReason({ served }: Measured): readonly Sample[] {
  const totals = new Map(["REJECTED", "CANCELED", "BACKEND", "OTHER"].map((reason) => [reason, 0]));
  for (const [code, count] of served.tally.failures) {
    const reason = REASONS[code] ?? "OTHER";
    totals.set(reason, (totals.get(reason) ?? 0) + count);
  }
  return [...totals].map(([reason, value]) => ({ value, labels: { reason } }));
}

/** Upper bounds in rows: 1, 2, 4, … 1024. */
const BATCH_BOUNDS: readonly number[] = Array.from({ length: 11 }, (_, i) => 2 ** i);

function batchRows({ stats }: Measured): readonly Sample[] {
  const sizes = Object.entries(stats.batchSizes).map(([rows, count]) => ({ rows: Number(rows), count }));
  const within = (bound: number): number =>
    sizes.reduce((sum, { rows, count }) => (rows <= bound ? sum + count : sum), 0);
  const bucket = (bound: number, le: string): Sample => ({ suffix: "_bucket", labels: { le }, value: within(bound) });
  return [
    ...BATCH_BOUNDS.map((bound) => bucket(bound, String(bound))),
    bucket(Number.POSITIVE_INFINITY, "+Inf"),
    { suffix: "_sum", value: sizes.reduce((sum, { rows, count }) => sum + rows * count, 0) },
    { suffix: "_count", value: within(Number.POSITIVE_INFINITY) },
  ];
}

function seconds({ count, meanMs, buckets }: ModelStats["latency"]): readonly Sample[] {
  return [
    ...buckets.map(({ upToMs, count: value }) => ({ suffix: "_bucket", labels: { le: String(upToMs / 1000) }, value })),
    { suffix: "_bucket", labels: { le: "+Inf" }, value: count },
    { suffix: "_sum", value: (count * meanMs) / 1000 },
    { suffix: "_count", value: count },
  ];
}

const COMPUTE: Readonly<Record<"input" | "infer" | "output", { readonly help: string; readonly ms: keyof RunTimes }>> =
  {
    input: { help: "Copying rows into batches", ms: "inputMs" },
    infer: { help: "Running batches", ms: "computeMs" },
    output: { help: "Copying results out of batches", ms: "outputMs" },
  };

function computeFamily(part: keyof typeof COMPUTE): Family<Measured> {
  const { help, ms } = COMPUTE[part];
  return {
    name: `nv_inference_compute_${part}_duration_us`,
    type: "counter",
    help: `${help}: the time of all requests together, each of which counts its whole batch; pieces count as in the queue`,
    samples: ({ stats }) => one(Math.round(stats.requestTimes[ms] * 1000)),
  };
}

/** Triton's names where the meaning is the same, else our own. */
const MODEL_FAMILIES: readonly Family<Measured>[] = [
  {
    name: "nv_inference_request_success",
    type: "counter",
    help: "Requests answered with a result",
    samples: ({ served }) => one(served.tally.successes),
  },
  {
    name: "nv_inference_request_failure",
    type: "counter",
    help: "Requests answered with an error, once they had been read",
    samples: failuresByReason,
  },
  { name: "nv_inference_count", type: "counter", help: "Rows computed", samples: ({ stats }) => one(stats.rows) },
  {
    name: "nv_inference_exec_count",
    type: "counter",
    help: "Batches computed",
    samples: ({ stats }) => one(batchCount(stats)),
  },
  {
    name: "nv_inference_request_duration_us",
    type: "counter",
    help: "Time from request to result, of all requests with a result together",
    samples: ({ served }) => one(Math.round(served.tally.successMs * 1000)),
  },
  {
    name: "nv_inference_queue_duration_us",
    type: "counter",
    help: "Time in the queue, of all requests together; each piece of a request that is spread over workers counts",
    samples: ({ stats }) => one(Math.round(totalQueueMs(stats) * 1000)),
  },
  ...(["input", "infer", "output"] as const).map(computeFamily),
  {
    name: "nv_inference_pending_request_count",
    type: "gauge",
    help: "Requests in the queue",
    samples: ({ stats }) => one(stats.queued),
  },
  {
    name: "torchrelay_queued_rows",
    type: "gauge",
    help: "Rows in the queue",
    samples: ({ stats }) => one(stats.queuedRows),
  },
  {
    name: "torchrelay_running_requests",
    type: "gauge",
    help: "Requests in batches that run",
    samples: ({ stats }) => one(stats.running),
  },
  {
    name: "torchrelay_rejected_total",
    type: "counter",
    help: "Requests turned away before they were computed",
    samples: ({ stats }) => Object.entries(stats.rejected).map(([reason, value]) => ({ value, labels: { reason } })),
  },
  { name: "torchrelay_batch_rows", type: "histogram", help: "Rows of batches", samples: batchRows },
  {
    name: "torchrelay_compute_seconds",
    type: "histogram",
    help: "How long batches computed",
    samples: ({ stats }) => seconds(stats.compute),
  },
  {
    name: "torchrelay_queue_seconds",
    type: "histogram",
    help: "How long requests waited; pieces count as in the queue",
    samples: ({ stats }) => seconds(stats.queueDelay),
  },
  {
    name: "torchrelay_inference_seconds",
    type: "histogram",
    help: "How long requests took from the queue to the result; pieces count as in the queue",
    samples: ({ stats }) => seconds(stats.latency),
  },
];

function measured(served: ServedModel): readonly (readonly [Measured, Labels])[] {
  const { stats } = served;
  return stats
    ? [
        [
          { served, stats },
          { model: served.name, version: served.version },
        ],
      ]
    : [];
}

/** All metrics in Prometheus's text format; models that are not ready are left out. */
export function writeMetrics(site: Site): string {
  const models = [...site.models].flatMap(measured);
  return [
    ...SITE_FAMILIES.map((family) => writeFamily(family, [[site, {}]])),
    ...MODEL_FAMILIES.map((family) => writeFamily(family, models)),
  ].join("");
}
