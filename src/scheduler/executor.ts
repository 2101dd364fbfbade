import type { Ticket } from "./ticket.ts";

/** What an executor needs of a ticket. */
export type Work<P> = Pick<Ticket<P, never>, "payload" | "rows">;

/** When a batch ran, on the batcher's clock, and for how long. */
export interface BatchTiming {
  readonly startedMs: number;
  readonly computeMs: number;
  /** What it took to copy the rows in, and the results out. */
  readonly inputMs: number;
  readonly outputMs: number;
  /** Number of the worker; undefined for the event loop's own thread. */
  readonly worker?: number;
}

/** A batch that has run, for those who watch. Times on the batcher's clock. */
export interface BatchEvent extends BatchTiming {
  readonly rows: number;
  readonly requests: number;
  /** How long the oldest request had waited when the batch began. */
  readonly queuedMs: number;
  readonly ok: boolean;
}

export type BatchOutcome<R> =
  | { readonly kind: "done"; readonly results: readonly R[]; readonly timing: BatchTiming }
  | { readonly kind: "failed"; readonly error: Error; readonly timing?: BatchTiming }
  /** The worker was lost before it began: the batch may run elsewhere. */
  | { readonly kind: "unstarted" };

/** What runs batches. One implementation runs models; tests have others. */
export interface Executor<P, R> {
  /** Workers that would start a batch at once. @param expectedMs how long the batch will probably take */
  freeWorkers(expectedMs: number): number;
  /** Runs on the calling thread. Throws what the run throws. */
  runInline(batch: readonly Work<P>[]): { readonly results: readonly R[]; readonly timing: BatchTiming };
  /** Called only while `freeWorkers` is above 0; settles later through `done`. Returns how to stop the run. */
  runOnWorker(batch: readonly Work<P>[], done: (outcome: BatchOutcome<R>) => void): () => void;
  /** Calls back once, when a worker may have become free. */
  whenWorkerFree(callback: () => void): void;
}
