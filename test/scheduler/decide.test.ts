import { expect, test } from "vitest";
import { type BatchingConfig, CostModel, type Decision, decide, type QueueHead } from "../../src/scheduler/index.ts";

const CONFIG: BatchingConfig = { maxBatchRows: 64, queueDelayMs: 0, handOffMs: 0.1, inlineBudgetMs: 0.05 };
const NOW_MS = 100;

interface Case {
  readonly what: string;
  readonly head?: Partial<QueueHead>;
  /** Time of a batch by rows, as measured. */
  readonly costs: Readonly<Record<number, number>>;
  readonly freeWorkers?: number;
  readonly inlineLeftMs?: number;
  readonly config?: Partial<BatchingConfig>;
  readonly decision: Decision;
}

/** Measured often enough that the tail is the mean. */
function measured(costs: Readonly<Record<number, number>>): CostModel {
  const model = new CostModel();
  for (const [rows, ms] of Object.entries(costs)) for (let i = 0; i < 101; i++) model.observe(Number(rows), ms);
  return model;
}

const CASES: readonly Case[] = [
  {
    what: "a long batch goes to a free worker at once",
    costs: { 1: 10, 2: 20 },
    decision: { kind: "run", where: "worker", maxRows: 1 },
  },
  {
    what: "without a free worker it waits for one",
    costs: { 1: 10, 2: 20 },
    freeWorkers: 0,
    decision: { kind: "wait", until: "worker" },
  },
  {
    what: "what is cheaper than a hand-off runs inline",
    costs: { 1: 0.002, 2: 0.003 },
    decision: { kind: "run", where: "inline", maxRows: 1 },
  },
  {
    what: "inline batches take all that waits, while it stays cheap",
    head: { rows: 8 },
    costs: { 1: 0.002, 8: 0.004 },
    decision: { kind: "run", where: "inline", maxRows: 8 },
  },
  {
    what: "what would take longer than the budget together goes to a worker, and not in parts that are cheap",
    head: { rows: 64 },
    costs: { 1: 0.002, 16: 0.02, 32: 0.039, 64: 0.07 },
    decision: { kind: "run", where: "worker", maxRows: 64 },
  },
  {
    what: "unless no worker is free, which may be held up by another model for long",
    head: { rows: 64 },
    costs: { 1: 0.002, 16: 0.02, 32: 0.039, 64: 0.07 },
    freeWorkers: 0,
    decision: { kind: "run", where: "inline", maxRows: 32 },
  },
  {
    what: "but batches that may not grow run inline while each is cheap",
    head: { rows: 64 },
    costs: { 1: 0.002 },
    config: { maxBatchRows: 1 },
    decision: { kind: "run", where: "inline", maxRows: 1 },
  },
  {
    what: "rows are shared out in parts that are worth a hand-off",
    head: { rows: 64 },
    costs: { 1: 0.01, 16: 0.08, 64: 0.3 },
    freeWorkers: 8,
    decision: { kind: "run", where: "worker", maxRows: 16 },
  },
  {
    what: "once the turn's budget is spent, inline work waits for the next turn",
    costs: { 1: 0.02, 2: 0.03 },
    inlineLeftMs: 0.01,
    decision: { kind: "wait", until: "turn" },
  },
  {
    what: "a request without rows is as cheap as one row, and no cheaper",
    head: { rows: 0, firstRows: 0 },
    costs: { 1: 10 },
    freeWorkers: 0,
    decision: { kind: "wait", until: "worker" },
  },
  {
    what: "a budget of 0 never runs inline",
    costs: { 1: 0.002, 2: 0.004 },
    config: { inlineBudgetMs: 0 },
    decision: { kind: "run", where: "worker", maxRows: 1 },
  },
  {
    what: "what was never measured does not run inline",
    costs: {},
    decision: { kind: "run", where: "worker", maxRows: 1 },
  },
  {
    what: "rows are shared out over the free workers",
    head: { rows: 16 },
    costs: { 1: 10, 16: 20 },
    freeWorkers: 4,
    decision: { kind: "run", where: "worker", maxRows: 4 },
  },
  {
    what: "batches stay where time per row stops falling",
    head: { rows: 64 },
    costs: { 1: 10, 2: 12, 4: 24, 8: 48 },
    freeWorkers: 1,
    decision: { kind: "run", where: "worker", maxRows: 2 },
  },
  {
    what: "and within the configured bound",
    head: { rows: 64 },
    costs: { 1: 10, 16: 12 },
    freeWorkers: 1,
    config: { maxBatchRows: 4 },
    decision: { kind: "run", where: "worker", maxRows: 4 },
  },
  {
    what: "with a queue delay, a small batch waits for company",
    head: { oldestMs: 98 },
    costs: { 1: 10, 8: 11 },
    config: { queueDelayMs: 5 },
    decision: { kind: "wait", until: "time", timeMs: 103 },
  },
  {
    what: "but not longer than that",
    head: { oldestMs: 95 },
    costs: { 1: 10, 8: 11 },
    config: { queueDelayMs: 5 },
    decision: { kind: "run", where: "worker", maxRows: 1 },
  },
];

const ONE: QueueHead = { key: "", rows: 1, firstRows: 1, oldestMs: NOW_MS };

test.each(CASES)("$what", ({ head, costs, freeWorkers = 2, inlineLeftMs = 0.05, config, decision }) => {
  const full = { ...ONE, ...head };
  const capacity = { freeWorkers: () => freeWorkers, inlineLeftMs };
  expect(decide(full, capacity, measured(costs), { ...CONFIG, ...config }, NOW_MS)).toEqual(decision);
});

test("an empty queue is idle", () => {
  const capacity = { freeWorkers: () => 2, inlineLeftMs: 0 };
  expect(decide(undefined, capacity, new CostModel(), CONFIG, NOW_MS)).toEqual({ kind: "idle" });
});

test("what should fit into the budget runs inline, as long as few runs take longer than a hand-off", () => {
  const cost = new CostModel();
  for (let i = 0; i < 100; i++) cost.observe(1, i % 2 ? 0.01 : 0.03);
  const where = (handOffMs: number): Decision => {
    const capacity = { freeWorkers: () => 1, inlineLeftMs: 0.05 };
    return decide(ONE, capacity, cost, { ...CONFIG, handOffMs }, NOW_MS);
  };
  expect([where(0.1), where(0.05)]).toMatchObject([{ where: "inline" }, { where: "worker" }]);
});
