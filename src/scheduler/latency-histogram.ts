/** Sub-buckets per doubling: a percentile is right to about 3 %. */
const RESOLUTION = 16;
const OCTAVES = 32;

/** Bounds for which {@link LatencySummary.buckets} counts. */
const BOUNDS_MS: readonly number[] = [
  0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000,
];

function slotOf(ms: number): number {
  return Math.floor(Math.log2(1 + ms * 1000) * RESOLUTION);
}

/** Counts of durations in logarithmic buckets: fixed memory, and cheap enough to record every request. */
export class LatencyHistogram {
  readonly #counts = new Uint32Array(OCTAVES * RESOLUTION);
  #count = 0;
  #sumMs = 0;
  #maxMs = 0;

  record(ms: number): void {
    const slot = Math.min(slotOf(ms), this.#counts.length - 1);
    this.#counts[slot] = (this.#counts[slot] ?? 0) + 1;
    this.#count++;
    this.#sumMs += ms;
    if (ms > this.#maxMs) this.#maxMs = ms;
  }

  /** The duration that a share `quantile` (0 to 1) of all stays within; 0 when nothing was recorded. */
  quantileMs(quantile: number): number {
    let left = quantile * this.#count;
    for (let slot = 0; slot < this.#counts.length; slot++) {
      left -= this.#counts[slot] ?? 0;
      if (left <= 0 && this.#count > 0) return Math.min(this.#maxMs, (2 ** ((slot + 0.5) / RESOLUTION) - 1) / 1000);
    }
    return this.#maxMs;
  }

  /** How many of all were within each bound, as precise as a percentile. */
  #buckets(): readonly LatencyBucket[] {
    let slot = 0;
    let count = 0;
    return BOUNDS_MS.map((upToMs) => {
      for (const end = slotOf(upToMs); slot <= end; slot++) count += this.#counts[slot] ?? 0;
      return { upToMs, count };
    });
  }

  summary(): LatencySummary {
    return {
      count: this.#count,
      meanMs: this.#count === 0 ? 0 : this.#sumMs / this.#count,
      p50Ms: this.quantileMs(0.5),
      p95Ms: this.quantileMs(0.95),
      p99Ms: this.quantileMs(0.99),
      maxMs: this.#maxMs,
      buckets: this.#buckets(),
    };
  }
}

export interface LatencySummary {
  readonly count: number;
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Cumulative, at fixed bounds. */
  readonly buckets: readonly LatencyBucket[];
}

export interface LatencyBucket {
  readonly upToMs: number;
  readonly count: number;
}
