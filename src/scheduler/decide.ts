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

/** Rows that may run on the event loop: what certainly takes less than a hand-off and fits into a whole turn's budget. */
function inlineRows(head: QueueHead, cost: CostModel, config: BatchingConfig, ceiling: number): number {
  const limitMs = Math.min(config.handOffMs, config.inlineBudgetMs);
  if (limitMs <= 0) return 0;
  const rows = cost.largestWithin(limitMs, Math.max(head.firstRows, Math.min(head.rows, ceiling)));
  return rows >= head.firstRows ? rows : 0;
}

/**
 * What to do next with a queue. Pure: everything it depends on is an argument.
 * Work-conserving: while a worker is free, what waits runs, shared out over the free workers.
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
  const inline = inlineRows(head, cost, config, ceiling);
  if (inline > 0) {
    const fits = cost.meanMs(inline) <= capacity.inlineLeftMs;
    return fits ? { kind: "run", where: "inline", maxRows: inline } : AWAIT_TURN;
  }
  const freeWorkers = capacity.freeWorkers(cost.meanMs(head.rows));
  if (freeWorkers === 0) return AWAIT_WORKER;
  const fullAtMs = head.oldestMs + config.queueDelayMs;
  if (head.rows < ceiling && nowMs < fullAtMs) return { kind: "wait", until: "time", timeMs: fullAtMs };
  const share = Math.ceil(head.rows / freeWorkers);
  return { kind: "run", where: "worker", maxRows: Math.min(ceiling, share) };
}
