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

/** Rows that may run on the event loop: what certainly takes less than a hand-off and should fit into a whole turn's budget. */
function inlineRows(rows: number, cost: CostModel, { handOffMs, inlineBudgetMs }: BatchingConfig): number {
  return inlineBudgetMs > 0 ? cost.largestWithin({ meanMs: inlineBudgetMs, tailMs: handOffMs }, rows) : 0;
}

function runInline(rows: number, cost: CostModel, { inlineLeftMs }: Capacity): Decision {
  return cost.meanMs(rows) <= inlineLeftMs ? { kind: "run", where: "inline", maxRows: rows } : AWAIT_TURN;
}

/** Rows for one of the free workers: its part, but no less than what is worth a hand-off. */
function workerRows(rows: number, freeWorkers: number, cost: CostModel, { handOffMs }: BatchingConfig): number {
  return Math.max(Math.ceil(rows / freeWorkers), cost.largestWithin({ meanMs: handOffMs, tailMs: handOffMs }, rows));
}

/**
 * What to do next with a queue. Pure: everything it depends on is an argument.
 * Work-conserving: while a worker is free, what waits runs, shared out over the free workers. What waits runs inline as a
 * whole batch, or in parts when no worker is free: they cost the event loop more than to hand it over.
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
  const batchRows = Math.max(1, head.firstRows, Math.min(head.rows, ceiling));
  const cheapRows = inlineRows(batchRows, cost, config);
  if (cheapRows === batchRows) return runInline(cheapRows, cost, capacity);
  const freeWorkers = capacity.freeWorkers(cost.meanMs(head.rows));
  if (freeWorkers === 0) {
    return cheapRows > 0 && cheapRows >= head.firstRows ? runInline(cheapRows, cost, capacity) : AWAIT_WORKER;
  }
  const fullAtMs = head.oldestMs + config.queueDelayMs;
  if (head.rows < ceiling && nowMs < fullAtMs) return { kind: "wait", until: "time", timeMs: fullAtMs };
  const maxRows = Math.min(ceiling, workerRows(head.rows, freeWorkers, cost, config));
  return { kind: "run", where: "worker", maxRows };
}
