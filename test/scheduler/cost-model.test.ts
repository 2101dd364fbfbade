import { expect, test } from "vitest";
import { CostModel } from "../../src/scheduler/index.ts";

const LIMITS = { meanMs: 0.05, tailMs: 0.05 };

function observe(model: CostModel, rows: number, ms: number, times = 1): void {
  for (let i = 0; i < times; i++) model.observe(rows, ms);
}

test("nothing measured: unknown times, batches of one", () => {
  const model = new CostModel();
  expect([model.meanMs(1), model.tailMs(8), model.ceiling(), model.largestWithin(LIMITS, 8)]).toEqual([
    Infinity,
    Infinity,
    1,
    0,
  ]);
});

test("an unmeasured size is scaled up from the next smaller one", () => {
  const model = new CostModel();
  observe(model, 2, 10);
  expect([model.meanMs(2), model.meanMs(4), model.meanMs(8), model.meanMs(1)]).toEqual([10, 20, 40, Infinity]);
});

test("the ceiling rises while time per row falls and stops where it does not", () => {
  const model = new CostModel();
  observe(model, 1, 10);
  expect(model.ceiling()).toBe(2);
  observe(model, 2, 12);
  expect(model.ceiling()).toBe(4);
  observe(model, 4, 23.5);
  expect(model.ceiling()).toBe(2);
});

test("now and then the next size is tried again, and its improvement is found", () => {
  const model = new CostModel();
  observe(model, 1, 10);
  observe(model, 2, 40);
  const ceilings = Array.from({ length: 64 }, () => {
    observe(model, 1, 10);
    return model.ceiling();
  });
  expect(ceilings.filter((ceiling) => ceiling === 2)).toHaveLength(1);
  observe(model, 2, 10, 20);
  expect(model.ceiling()).toBe(4);
});

test("one outlier does not make a fast model slow", () => {
  const model = new CostModel();
  observe(model, 1, 0.01, 50);
  observe(model, 1, 100);
  expect(model.tailMs(1)).toBeLessThan(0.04);
});

test("what is usually fast may run for as long as few batches take", () => {
  const model = new CostModel();
  for (let i = 0; i < 100; i++) observe(model, 1, i % 2 ? 0.01 : 0.03);
  const within = (tailMs: number): number => model.largestWithin({ meanMs: 0.05, tailMs }, 1);
  expect([within(0.05), within(0.1)]).toEqual([0, 1]);
});

test("but a model that became slow is seen to be", () => {
  const model = new CostModel();
  observe(model, 1, 0.01, 50);
  observe(model, 1, 10, 60);
  expect(model.meanMs(1)).toBeGreaterThan(9);
});

test("a new shape believes what another has learnt about batch sizes, not about time", () => {
  const prior = new CostModel();
  observe(prior, 1, 10);
  observe(prior, 8, 11);
  const model = new CostModel(prior);
  expect([model.ceiling(), model.meanMs(1)]).toEqual([16, Infinity]);
});

test("a size that looked slow is not slow for ever: no slower than its halves one after another", () => {
  const model = new CostModel();
  observe(model, 4, 100);
  observe(model, 2, 1);
  expect([model.meanMs(4), model.meanMs(8)]).toEqual([2, 4]);
});

test("after a cold and noisy start, traffic finds the batches that pay", () => {
  const model = new CostModel();
  for (const [rows, ms] of [
    [1, 0.05],
    [4, 5],
    [16, 5],
  ] as const)
    observe(model, rows, ms);
  for (let batch = 0; batch < 10_000; batch++) {
    const rows = model.largestWithin(LIMITS, Math.min(64, model.ceiling()));
    observe(model, Math.max(1, rows), 0.002 + 0.0001 * rows);
  }
  expect(model.ceiling()).toBeGreaterThanOrEqual(64);
});
