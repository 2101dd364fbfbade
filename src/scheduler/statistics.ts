import { assert } from "../util/index.ts";
import type { BatchTiming } from "./executor.ts";
import { LatencyHistogram, type LatencySummary } from "./latency-histogram.ts";

/** Why a request was turned away before it was computed. */
export type RejectReason = "queueFull" | "deadline";

/** Totals of batches, or of the requests in them. */
export interface RunTimes {
  readonly count: number;
  /** Copying rows in. */
  readonly inputMs: number;
  readonly computeMs: number;
  /** Copying results out. */
  readonly outputMs: number;
}

export interface SchedulerStats {
  readonly submitted: number;
  readonly queued: number;
  readonly queuedRows: number;
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
  /** What batches took, by their rows. */
  readonly batchTimes: Readonly<Record<number, RunTimes>>;
  /** What requests took: each counts the whole batch that it was part of. */
  readonly requestTimes: RunTimes;
  /** From submission to result. */
  readonly latency: LatencySummary;
  /** From submission to the start of the batch. */
  readonly queueDelay: LatencySummary;
  /** Of batches. */
  readonly compute: LatencySummary;
}

type Totals = { -readonly [K in keyof RunTimes]: RunTimes[K] };

function noTimes(): Totals {
  return { count: 0, inputMs: 0, computeMs: 0, outputMs: 0 };
}

function add(totals: Totals, { inputMs, computeMs, outputMs }: BatchTiming, count: number): void {
  totals.count += count;
  totals.inputMs += count * inputMs;
  totals.computeMs += count * computeMs;
  totals.outputMs += count * outputMs;
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
  readonly #batchTimes = new Map<number, Totals>();
  readonly #requestTimes = noTimes();
  readonly latency: LatencyHistogram = new LatencyHistogram();
  readonly queueDelay: LatencyHistogram = new LatencyHistogram();
  readonly compute: LatencyHistogram = new LatencyHistogram();

  /** @param requests those that the batch answered */
  batch(where: "inline" | "worker", rows: number, requests: number, timing: BatchTiming): void {
    this.batches[where]++;
    let times = this.#batchTimes.get(rows);
    if (!times) {
      times = noTimes();
      this.#batchTimes.set(rows, times);
    }
    add(times, timing, 1);
    add(this.#requestTimes, timing, requests);
    this.compute.record(timing.computeMs);
  }

  /** submitted = queued + running + completed + failed + rejected + cancelled. */
  checkConservation(queued: number): void {
    const { queueFull, deadline } = this.rejected;
    const known = queued + this.running + this.completed + this.failed + this.cancelled + queueFull + deadline;
    if (this.submitted !== known) assert(false, `${this.submitted} requests submitted, ${known} accounted for`);
  }

  snapshot(queued: number, queuedRows: number): SchedulerStats {
    const { submitted, running, completed, failed, cancelled, rows } = this;
    const byRows = [...this.#batchTimes].sort(([a], [b]) => a - b);
    return {
      submitted,
      queued,
      queuedRows,
      running,
      completed,
      failed,
      cancelled,
      rejected: { ...this.rejected },
      rows,
      batches: { ...this.batches },
      batchSizes: Object.fromEntries(byRows.map(([size, { count }]) => [size, count])),
      batchTimes: Object.fromEntries(byRows.map(([size, times]) => [size, { ...times }])),
      requestTimes: { ...this.#requestTimes },
      latency: this.latency.summary(),
      queueDelay: this.queueDelay.summary(),
      compute: this.compute.summary(),
    };
  }
}
