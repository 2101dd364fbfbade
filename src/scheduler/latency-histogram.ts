/** Sub-buckets per doubling: a percentile is right to about 3 %. */
const RESOLUTION = 16;
const OCTAVES = 32;

/** Counts of durations in logarithmic buckets: fixed memory, and cheap enough to record every request. */
export class LatencyHistogram {
  readonly #counts = new Uint32Array(OCTAVES * RESOLUTION);
  #count = 0;
  #sumMs = 0;
  #maxMs = 0;

  record(ms: number): void {
    const index = Math.floor(Math.log2(1 + ms * 1000) * RESOLUTION);
    const slot = Math.min(index, this.#counts.length - 1);
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

  summary(): LatencySummary {
    return {
      count: this.#count,
      meanMs: this.#count === 0 ? 0 : this.#sumMs / this.#count,
      p50Ms: this.quantileMs(0.5),
      p95Ms: this.quantileMs(0.95),
      p99Ms: this.quantileMs(0.99),
      maxMs: this.#maxMs,
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
}
