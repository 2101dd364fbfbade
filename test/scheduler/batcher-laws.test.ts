import fc from "fast-check";
import { expect, test } from "vitest";
import { RelayError } from "../../src/core/index.ts";
import { Batcher, type BatcherConfig, TurnBudget } from "../../src/scheduler/index.ts";
import { ManualClock } from "../../src/util/index.ts";
import { ScriptedExecutor } from "./scripted-executor.ts";

const CONFIG: BatcherConfig = {
  maxBatchRows: 8,
  queueDelayMs: 0,
  handOffMs: 0.1,
  inlineBudgetMs: 0.05,
  queueCapacityRows: 40,
};

type Step =
  | { kind: "submit"; rows: number; key: string; priority: number; deadlineMs: number | undefined; abortable: boolean }
  | { kind: "finish"; how: "ok" | "fail" | "lose" }
  | { kind: "abort"; which: number }
  | { kind: "advance"; ms: number }
  | { kind: "turn" };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("submit" as const),
      rows: fc.integer({ min: 1, max: 12 }),
      key: fc.constantFrom("a", "b"),
      priority: fc.integer({ min: 0, max: 2 }),
      deadlineMs: fc.option(fc.integer({ min: 0, max: 50 }), { nil: undefined }),
      abortable: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("finish" as const),
      how: fc.constantFrom("ok" as const, "ok" as const, "fail" as const, "lose" as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("abort" as const), which: fc.nat(20) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("advance" as const), ms: fc.integer({ min: 1, max: 30 }) }) },
  { weight: 2, arbitrary: fc.constant({ kind: "turn" as const }) },
);

/** One run of a script: what was submitted, and what became of it. */
async function play(steps: readonly Step[], force: boolean, cheap: boolean) {
  const clock = new ManualClock();
  const turns: (() => void)[] = [];
  const executor = new ScriptedExecutor(2, clock, cheap ? 0.01 : 5);
  const batcher = new Batcher(
    executor,
    CONFIG,
    clock,
    new TurnBudget(CONFIG.inlineBudgetMs, (callback) => turns.push(callback)),
  );
  const outcomes: Promise<{ id: number; result?: string; code?: string }>[] = [];
  const aborts: (AbortController | undefined)[] = [];
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 8; i++) await Promise.resolve();
  };
  for (const action of steps) {
    if (action.kind === "submit") {
      const id = outcomes.length;
      const abort = action.abortable ? new AbortController() : undefined;
      aborts.push(abort);
      const { deadlineMs, priority } = action;
      const options = {
        priority,
        ...(deadlineMs !== undefined && { deadlineMs }),
        ...(abort && { signal: abort.signal }),
      };
      outcomes.push(
        batcher.submit(`${action.key}${id}`, action.rows, action.key, options).then(
          (result) => ({ id, result }),
          (error: unknown) => ({ id, code: error instanceof RelayError ? error.code : String(error) }),
        ),
      );
    } else if (action.kind === "finish") executor.finish(action.how);
    else if (action.kind === "abort") aborts[action.which]?.abort();
    else if (action.kind === "advance") clock.advance(action.ms);
    else for (const callback of turns.splice(0)) callback();
    await settle();
    const { submitted, queued, running, completed, failed, cancelled, rejected } = batcher.stats();
    expect(submitted).toBe(queued + running + completed + failed + cancelled + rejected.queueFull + rejected.deadline);
  }
  const closed = batcher.close({ force });
  for (let i = 0; i < 10_000 && (executor.busy > 0 || batcher.stats().queued > 0); i++) {
    for (const callback of turns.splice(0)) callback();
    executor.finish("ok");
    await settle();
  }
  await closed;
  return { outcomes: await Promise.all(outcomes), executor, stats: batcher.stats() };
}

test("every request is settled exactly once, with its own rows, whatever happens", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.boolean(), fc.boolean(), async (steps, force, cheap) => {
      const { outcomes, executor, stats } = await play(steps, force, cheap);
      for (const { id, result, code } of outcomes) {
        if (result !== undefined) expect(result).toMatch(new RegExp(`^[ab]${id}!$`));
        else expect(["QUEUE_FULL", "DEADLINE_EXCEEDED", "CANCELLED", "RUN_FAILED", "WORKER_DIED"]).toContain(code);
      }
      expect(stats.queued + stats.running).toBe(0);
      expect(outcomes.filter(({ result }) => result !== undefined)).toHaveLength(stats.completed);
      for (const batch of executor.batches) {
        expect(new Set(batch.map(({ payload }) => payload[0])).size).toBe(1);
        const rows = batch.reduce((sum, work) => sum + work.rows, 0);
        expect(batch.length === 1 || rows <= CONFIG.maxBatchRows).toBe(true);
      }
    }),
    { numRuns: 300 },
  );
});
