import type { CostModel } from "./cost-model.ts";
import type { QueueHead } from "./queue.ts";

export interface BatchingConfig {
  /** Upper bound of a batch, whatever the measurements say. */
  readonly maxBatchRows: number;
  /** How long the oldest request may wait for company while a worker is free. 0 = not at all. */
  readonly queueDelayMs: number;
  /** What handing a batch to a worker and back costs. Only what takes less runs on the caller's thread. */
  readonly handOffMs: number;
  /** Time per turn of the event loop that models may run on it. 0 = never. */
  readonly inlineBudgetMs: number;
}

export interface Capacity {
  /** Workers that would start a batch of this expected length at once. */
  freeWorkers(expectedMs: number): number;
  /** What is left of this turn's inline budget. */
  readonly inlineLeftMs: number;
}

export type Decision =
  | { readonly kind: "idle" }
  | { readonly kind: "run"; readonly where: "inline" | "worker"; readonly maxRows: number }
  | { readonly kind: "wait"; readonly until: "worker" | "turn" }
  | { readonly kind: "wait"; readonly until: "time"; readonly timeMs: number };

const IDLE: Decision = { kind: "idle" };
const AWAIT_WORKER: Decision = { kind: "wait", until: "worker" };
const AWAIT_TURN: Decision = { kind: "wait", until: "turn" };

/** Whether so many rows may run on the event loop: they certainly take less than a hand-off and fit into a whole turn's budget. */
function mayRunInline(rows: number, cost: CostModel, { handOffMs, inlineBudgetMs }: BatchingConfig): boolean {
  const limitMs = Math.min(handOffMs, inlineBudgetMs);
  return limitMs > 0 && cost.tailMs(rows) <= limitMs;
}

/** Rows for one of the free workers: its part, but no less than what is worth a hand-off. */
function workerRows(rows: number, freeWorkers: number, cost: CostModel, { handOffMs }: BatchingConfig): number {
  return Math.max(Math.ceil(rows / freeWorkers), cost.largestWithin(handOffMs, rows));
}

/**
 * What to do next with a queue. Pure: everything it depends on is an argument.
 * Work-conserving: while a worker is free, what waits runs, shared out over the free workers. What waits runs inline as a
 * whole batch or not at all: in parts it would cost the event loop more than to hand it over.
 */
export function decide(
  head: QueueHead | undefined,
  capacity: Capacity,
  cost: CostModel,
  config: BatchingConfig,
  nowMs: number,
): Decision {
  if (!head) return IDLE;
  const ceiling = Math.min(config.maxBatchRows, cost.ceiling());
  const batchRows = Math.max(head.firstRows, Math.min(head.rows, ceiling));
  if (mayRunInline(batchRows, cost, config)) {
    const fits = cost.meanMs(batchRows) <= capacity.inlineLeftMs;
    return fits ? { kind: "run", where: "inline", maxRows: batchRows } : AWAIT_TURN;
  }
  const freeWorkers = capacity.freeWorkers(cost.meanMs(head.rows));
  if (freeWorkers === 0) return AWAIT_WORKER;
  const fullAtMs = head.oldestMs + config.queueDelayMs;
  if (head.rows < ceiling && nowMs < fullAtMs) return { kind: "wait", until: "time", timeMs: fullAtMs };
  const maxRows = Math.min(ceiling, workerRows(head.rows, freeWorkers, cost, config));
  return { kind: "run", where: "worker", maxRows };
}
