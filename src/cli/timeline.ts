import type { BatchEvent } from "../scheduler/index.ts";

/** Batches in the order in which they ended. */
export interface Timeline {
  readonly events: readonly BatchEvent[];
  /** Batches that came after the record was full. */
  readonly dropped: number;
}

/** Batches that are remembered. */
const CAPACITY = 100_000;

/** Remembers what ran when, the first batches of a long run. */
export class TimelineRecorder {
  readonly #events: BatchEvent[] = [];
  #dropped = 0;

  record(event: BatchEvent): void {
    if (this.#events.length < CAPACITY) this.#events.push(event);
    else this.#dropped++;
  }

  get timeline(): Timeline {
    return { events: this.#events, dropped: this.#dropped };
  }
}

/** `worker 0`, or `event loop` for what ran inline. */
export function laneName(worker: number | undefined): string {
  return worker === undefined ? "event loop" : `worker ${worker}`;
}

/** The lanes of a timeline, workers in order and the event loop last. */
export function lanesOf(events: readonly BatchEvent[]): readonly (number | undefined)[] {
  const workers = new Set(events.map(({ worker }) => worker));
  return [...workers].sort((a, b) => (a ?? Number.POSITIVE_INFINITY) - (b ?? Number.POSITIVE_INFINITY));
}

/** When the first batch began. */
export function startOf(events: readonly BatchEvent[]): number {
  return events.reduce((first, { startedMs }) => Math.min(first, startedMs), Number.POSITIVE_INFINITY);
}
