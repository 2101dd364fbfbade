/** Weight of a new measurement in the running averages, once there are as many; before, all weigh alike. */
const GAIN = 1 / 8;
/** The tail is the mean plus this many mean deviations, as TCP estimates its timeout (RFC 6298). */
const TAIL_DEVIATIONS = 4;
/** A measurement counts for at most so many times the mean: one preempted run must not pass for a slow model. */
const OUTLIER = 4;
/** One batch in so many may be larger than what pays so far: what was slow once need not stay slow. */
const EXPLORE_EVERY = 64;
/** Time per row must fall by this factor for a larger batch to pay. */
const WORTHWHILE = 0.95;

/** What a batch may take at most. */
export interface TimeLimits {
  /** What is expected of it. */
  readonly meanMs: number;
  /** What few batches exceed. */
  readonly tailMs: number;
}

interface Bucket {
  count: number;
  meanMs: number;
  deviationMs: number;
  perRowMs: number;
}

function bucketOf(rows: number): number {
  return Math.max(0, Math.ceil(Math.log2(rows)));
}

/** What batches of each size cost, learnt from warm-up and kept up to date by every run. Sizes are powers of two. */
export class CostModel {
  readonly #buckets: (Bucket | undefined)[] = [];
  readonly #prior: CostModel | undefined;
  #observed = 0;

  /** @param prior what to believe of batch sizes until something was measured here */
  constructor(prior?: CostModel) {
    this.#prior = prior;
  }

  observe(rows: number, ms: number): void {
    this.#observed++;
    const index = bucketOf(rows);
    const bucket = this.#buckets[index];
    if (!bucket) {
      this.#buckets[index] = this.#firstOf(rows, ms);
      return;
    }
    const gain = Math.max(GAIN, 1 / ++bucket.count);
    const bounded = Math.min(ms, OUTLIER * bucket.meanMs);
    bucket.deviationMs += gain * (Math.abs(bounded - bucket.meanMs) - bucket.deviationMs);
    bucket.meanMs += gain * (bounded - bucket.meanMs);
    bucket.perRowMs += gain * (bounded / rows - bucket.perRowMs);
  }

  /**
   * The first measurement of a size is often cold. It counts for at most what its rows would take in smaller batches, lest the size be given up before it was seen warm.
   */
  #firstOf(rows: number, ms: number): Bucket {
    const bounded = Math.min(ms, this.meanMs(rows));
    return { count: 1, meanMs: bounded, deviationMs: bounded / 2, perRowMs: bounded / rows };
  }

  /** Expected time of a batch; Infinity when no size up to this one is known. */
  meanMs(rows: number): number {
    return this.#scaled(rows, (bucket) => bucket.meanMs);
  }

  /** A time that few batches of this size exceed. */
  tailMs(rows: number): number {
    return this.#scaled(rows, (bucket) => bucket.meanMs + TAIL_DEVIATIONS * bucket.deviationMs);
  }

  /**
   * What was measured, or what the rows would take in smaller batches one after another, whichever is less: a size that
   * once looked slow, and was not run since, does not look slow for ever.
   */
  #scaled(rows: number, measure: (bucket: Bucket) => number): number {
    let leastMs = Number.POSITIVE_INFINITY;
    for (let index = bucketOf(rows), factor = 1; index >= 0; index--, factor *= 2) {
      const bucket = this.#buckets[index];
      if (bucket) leastMs = Math.min(leastMs, factor * measure(bucket));
    }
    return leastMs;
  }

  /**
   * The largest batch that pays: the size after which time per row stopped falling. While the largest size measured
   * is still the best, and once in a while anyway, the next one is allowed, so that traffic finds out.
   */
  ceiling(): number {
    if (this.#buckets.length === 0) return this.#prior?.ceiling() ?? 1;
    let best = 0;
    let bestPerRowMs = Number.POSITIVE_INFINITY;
    this.#buckets.forEach((bucket, index) => {
      if (bucket && bucket.perRowMs < WORTHWHILE * bestPerRowMs) [best, bestPerRowMs] = [index, bucket.perRowMs];
    });
    const explores = best === this.#buckets.length - 1 || this.#observed % EXPLORE_EVERY === 0;
    return 2 ** (explores ? best + 1 : best);
  }

  /** The largest power of two up to `maxRows`, or `maxRows`, whose batches stay within the limits; 0 when there is none. */
  largestWithin(limits: TimeLimits, maxRows: number): number {
    if (this.#fits(maxRows, limits)) return maxRows;
    for (let rows = 2 ** (bucketOf(maxRows) - 1); rows >= 1; rows = Math.floor(rows / 2)) {
      if (this.#fits(rows, limits)) return rows;
    }
    return 0;
  }

  #fits(rows: number, { meanMs, tailMs }: TimeLimits): boolean {
    return this.meanMs(rows) <= meanMs && this.tailMs(rows) <= tailMs;
  }

  /** Time per row by batch size, for people to read. */
  table(): Readonly<Record<number, number>> {
    return Object.fromEntries(
      this.#buckets.flatMap((bucket, index) => (bucket ? [[2 ** index, bucket.perRowMs]] : [])),
    );
  }
}
