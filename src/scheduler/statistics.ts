import { assert } from "../util/index.ts";
import { LatencyHistogram, type LatencySummary } from "./latency-histogram.ts";

/** Why a request was turned away before it was computed. */
export type RejectReason = "queueFull" | "deadline";

export interface SchedulerStats {
  readonly submitted: number;
  readonly queued: number;
  readonly running: number;
  readonly completed: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly rejected: Readonly<Record<RejectReason, number>>;
  /** Rows computed, and batches by where they ran. */
  readonly rows: number;
  readonly batches: { readonly inline: number; readonly worker: number };
  /** How many batches had how many rows. */
  readonly batchSizes: Readonly<Record<number, number>>;
  /** From submission to result. */
  readonly latency: LatencySummary;
  /** From submission to the start of the batch. */
  readonly queueDelay: LatencySummary;
  /** Of batches. */
  readonly compute: LatencySummary;
}

/** Counts what becomes of requests. Every request is in exactly one state: see {@link checkConservation}. */
export class Statistics {
  submitted = 0;
  running = 0;
  completed = 0;
  failed = 0;
  cancelled = 0;
  rows = 0;
  readonly rejected: Record<RejectReason, number> = { queueFull: 0, deadline: 0 };
  readonly batches: { inline: number; worker: number } = { inline: 0, worker: 0 };
  readonly batchSizes: Map<number, number> = new Map();
  readonly latency: LatencyHistogram = new LatencyHistogram();
  readonly queueDelay: LatencyHistogram = new LatencyHistogram();
  readonly compute: LatencyHistogram = new LatencyHistogram();

  batch(where: "inline" | "worker", rows: number, computeMs: number): void {
    this.batches[where]++;
    this.batchSizes.set(rows, (this.batchSizes.get(rows) ?? 0) + 1);
    this.compute.record(computeMs);
  }

  /** submitted = queued + running + completed + failed + rejected + cancelled. */
  checkConservation(queued: number): void {
    const { queueFull, deadline } = this.rejected;
    const known = queued + this.running + this.completed + this.failed + this.cancelled + queueFull + deadline;
    if (this.submitted !== known) assert(false, `${this.submitted} requests submitted, ${known} accounted for`);
  }

  snapshot(queued: number): SchedulerStats {
    const { submitted, running, completed, failed, cancelled, rows } = this;
    return {
      submitted,
      queued,
      running,
      completed,
      failed,
      cancelled,
      rejected: { ...this.rejected },
      rows,
      batches: { ...this.batches },
      batchSizes: Object.fromEntries([...this.batchSizes].sort(([a], [b]) => a - b)),
      latency: this.latency.summary(),
      queueDelay: this.queueDelay.summary(),
      compute: this.compute.summary(),
    };
  }
}
