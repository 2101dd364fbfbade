import type { ModelStats } from "../engine/index.ts";
import type { ServedModel } from "./served-model.ts";

interface Duration {
  readonly count: number;
  readonly ns: number;
}

interface ModelStatistics {
  readonly name: string;
  readonly version: string;
  /** Unix time in milliseconds. */
  readonly last_inference: number;
  /** Rows. */
  readonly inference_count: number;
  /** Batches. */
  readonly execution_count: number;
  readonly inference_stats: Readonly<Record<string, Duration>>;
  readonly batch_stats: readonly [];
}

function duration(count: number, ms: number): Duration {
  return { count, ns: Math.round(ms * 1e6) };
}

/** What requests have waited, and from then on taken, together. */
export function totalTimes({ latency, queueDelay }: ModelStats): {
  readonly queueMs: number;
  readonly inferMs: number;
} {
  const queueMs = queueDelay.count * queueDelay.meanMs;
  return { queueMs, inferMs: Math.max(0, latency.count * latency.meanMs - queueMs) };
}

/** Batches that ran, here or there. */
export function batchCount({ batches }: ModelStats): number {
  return batches.inline + batches.worker;
}

/** Copying rows into and out of batches is part of compute_infer; there is no cache. */
function modelStatistics({ name, version, tally, lastInferenceMs }: ServedModel, stats: ModelStats): ModelStatistics {
  const { queueMs, inferMs } = totalTimes(stats);
  const failures = [...tally.failures.values()].reduce((sum, count) => sum + count, 0);
  const none = duration(0, 0);
  return {
    name,
    version,
    last_inference: lastInferenceMs,
    inference_count: stats.rows,
    execution_count: batchCount(stats),
    inference_stats: {
      success: duration(tally.successes, tally.successMs),
      fail: duration(failures, tally.failureMs),
      queue: duration(stats.queueDelay.count, queueMs),
      compute_input: none,
      compute_infer: duration(stats.latency.count, inferMs),
      compute_output: none,
      cache_hit: none,
      cache_miss: none,
    },
    batch_stats: [],
  };
}

/** The statistics extension's answer for these models; those that are not ready are left out. */
export function statistics(models: Iterable<ServedModel>): { readonly model_stats: readonly ModelStatistics[] } {
  return {
    model_stats: [...models].flatMap((served) => {
      const { stats } = served;
      return stats ? [modelStatistics(served, stats)] : [];
    }),
  };
}
