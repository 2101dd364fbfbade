import type { ModelStats } from "../engine/index.ts";
import type { RunTimes } from "../scheduler/index.ts";
import type { ServedModel } from "./served-model.ts";

interface Duration {
  readonly count: number;
  readonly ns: number;
}

interface BatchStatistics {
  /** Rows. */
  readonly batch_size: number;
  readonly compute_input: Duration;
  readonly compute_infer: Duration;
  readonly compute_output: Duration;
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
  readonly batch_stats: readonly BatchStatistics[];
}

function duration(count: number, ms: number): Duration {
  return { count, ns: Math.round(ms * 1e6) };
}

/** What requests have waited, together. */
export function totalQueueMs({ queueDelay }: ModelStats): number {
  return queueDelay.count * queueDelay.meanMs;
}

function computeTimes({ count, inputMs, computeMs, outputMs }: RunTimes): Omit<BatchStatistics, "batch_size"> {
  return {
    compute_input: duration(count, inputMs),
    compute_infer: duration(count, computeMs),
    compute_output: duration(count, outputMs),
  };
}

function batchStatistics({ batchTimes }: ModelStats): readonly BatchStatistics[] {
  return Object.entries(batchTimes).map(([rows, times]) => ({ batch_size: Number(rows), ...computeTimes(times) }));
}

/** Batches that ran, here or there. */
export function batchCount({ batches }: ModelStats): number {
  return batches.inline + batches.worker;
}

/** There is no cache. */
function modelStatistics({ name, version, tally, lastInferenceMs }: ServedModel, stats: ModelStats): ModelStatistics {
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
      queue: duration(stats.queueDelay.count, totalQueueMs(stats)),
      ...computeTimes(stats.requestTimes),
      cache_hit: none,
      cache_miss: none,
    },
    batch_stats: batchStatistics(stats),
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
