import type { BatchEvent } from "./executor.ts";

/** A request as the scheduler sees it: how many rows, what it may share a batch with, and how to settle it. */
export interface Ticket<P, R> {
  readonly payload: P;
  /** Rows of the batch axis; what batches are counted in. */
  readonly rows: number;
  /** Tickets share a batch only when their keys are equal. */
  readonly key: string;
  /** Higher runs first. */
  readonly priority: number;
  /** On the clock of the batcher. */
  readonly submittedMs: number;
  readonly resolve: (result: R) => void;
  readonly reject: (error: Error) => void;
  /** Set when the ticket must not share a batch again, because one it shared failed. */
  alone: boolean;
  /** `settled` once resolved or rejected; a settled ticket in a queue or batch is skipped. */
  state: "queued" | "running" | "settled";
  /** Told when a batch that the ticket was part of has run. */
  readonly onBatch?: ((event: BatchEvent) => void) | undefined;
  /** Takes back timers and listeners; called once, on settling. */
  release?: () => void;
}
