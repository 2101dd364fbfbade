import type { AbortSignalLike, Clock } from "../util/index.ts";
import type { BatchEvent } from "./executor.ts";

export interface SubmitOptions {
  /** Takes the request back when it aborts. */
  readonly signal?: AbortSignalLike;
  /** Milliseconds from now after which the request is worthless, unless it has begun to run. */
  readonly deadlineMs?: number;
  /** Higher runs first; 0 when absent. */
  readonly priority?: number;
  /** Called when a batch with rows of the request has run, before the result is there. Must not throw. */
  readonly onBatch?: (event: BatchEvent) => void;
}

/** What is to happen when a request's time is over. Called at most once each, possibly at once. */
export interface WatchEvents {
  abort(reason: unknown): void;
  expire(deadlineMs: number): void;
}

/** Watches a request's signal and deadline. Returns how to stop watching. */
export function watch({ signal, deadlineMs }: SubmitOptions, clock: Clock, events: WatchEvents): () => void {
  const abort = (): void => events.abort(signal?.reason);
  if (signal?.aborted) abort();
  else signal?.addEventListener("abort", abort);
  const stopTimer = startTimer(deadlineMs, clock, events);
  return () => {
    stopTimer?.();
    signal?.removeEventListener("abort", abort);
  };
}

function startTimer(deadlineMs: number | undefined, clock: Clock, events: WatchEvents): (() => void) | undefined {
  if (deadlineMs === undefined) return undefined;
  if (deadlineMs > 0) return clock.after(deadlineMs, () => events.expire(deadlineMs));
  events.expire(deadlineMs);
  return undefined;
}
