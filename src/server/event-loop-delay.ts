import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";

/** How often the delay is sampled. */
const RESOLUTION_MS = 20;

/** How late the event loop is for what is due, measured while it is started. */
export class EventLoopDelay {
  readonly #histogram: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  start(): void {
    this.#histogram.enable();
  }

  stop(): void {
    this.#histogram.disable();
  }

  get count(): number {
    return this.#histogram.count;
  }

  get sumSeconds(): number {
    return this.count === 0 ? 0 : this.count * seconds(this.#histogram.mean);
  }

  /** @param quantile above 0, to 1 */
  quantileSeconds(quantile: number): number {
    return this.count === 0 ? 0 : seconds(this.#histogram.percentile(quantile * 100));
  }
}

/** A sample is the time from one to the next in nanoseconds, of which the interval itself is no delay. */
function seconds(sampleNs: number): number {
  return Math.max(0, sampleNs / 1e9 - RESOLUTION_MS / 1000);
}
