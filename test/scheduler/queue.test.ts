import fc from "fast-check";
import { expect, test } from "vitest";
import { Fifo } from "../../src/scheduler/fifo.ts";
import { LatencyHistogram, RequestQueue, type Ticket, TurnBudget } from "../../src/scheduler/index.ts";

type TestTicket = Ticket<number, number>;

function ticket(payload: number, given: Partial<TestTicket> = {}): TestTicket {
  const settle = (): void => {};
  const defaults = { rows: 1, key: "", priority: 0, submittedMs: payload, alone: false, state: "queued" } as const;
  return { payload, resolve: settle, reject: settle, ...defaults, ...given };
}

function filled(...tickets: TestTicket[]): RequestQueue<number, number> {
  const queue = new RequestQueue<number, number>();
  for (const entry of tickets) queue.push(entry);
  return queue;
}

const payloads = (tickets: readonly TestTicket[]): number[] => tickets.map(({ payload }) => payload);

test("takes the oldest group, as many tickets as fit", () => {
  const queue = filled(
    ticket(1, { key: "a" }),
    ticket(2, { key: "b" }),
    ticket(3, { key: "a" }),
    ticket(4, { key: "a" }),
  );
  expect(queue.head()).toEqual({ key: "a", rows: 3, firstRows: 1, oldestMs: 1 });
  expect(payloads(queue.take(2))).toEqual([1, 3]);
  expect(payloads(queue.take(2))).toEqual([2]);
  expect(payloads(queue.take(2))).toEqual([4]);
  expect([queue.rows, queue.tickets, queue.head()]).toEqual([0, 0, undefined]);
});

test("a ticket larger than the batch goes alone, and none overtakes it", () => {
  const queue = filled(ticket(1, { rows: 5 }), ticket(2, { rows: 9 }), ticket(3));
  expect([8, 8, 8].map((rows) => payloads(queue.take(rows)))).toEqual([[1], [2], [3]]);
});

test("higher priorities first, then age", () => {
  const queue = filled(ticket(1), ticket(2, { priority: 1 }), ticket(3, { priority: 1 }), ticket(4, { priority: 2 }));
  expect([9, 9, 9].map((rows) => payloads(queue.take(rows)))).toEqual([[4], [2, 3], [1]]);
});

test("a ticket that must be alone is", () => {
  const queue = filled(ticket(1), ticket(2, { alone: true }), ticket(3), ticket(4));
  expect([9, 9, 9].map((rows) => payloads(queue.take(rows)))).toEqual([[1], [2], [3, 4]]);
});

test("settled tickets are skipped, and what is put back comes first", () => {
  const gone = ticket(1);
  const queue = filled(gone, ticket(2), ticket(3));
  gone.state = "settled";
  queue.drop(gone);
  expect(queue.rows).toBe(2);
  const taken = queue.take(1);
  queue.putBack(taken);
  expect(payloads(queue.take(9))).toEqual([2, 3]);
});

test("the Fifo behaves like an array", () => {
  const action = fc.oneof(
    fc.record({ kind: fc.constant("push" as const), value: fc.nat() }),
    fc.constant({ kind: "shift" as const }),
    fc.record({ kind: fc.constant("unshift" as const), values: fc.array(fc.nat(), { maxLength: 3 }) }),
  );
  fc.assert(
    fc.property(fc.array(action, { maxLength: 4000, size: "max" }), (actions) => {
      const [fifo, model]: [Fifo<number>, number[]] = [new Fifo(), []];
      for (const step of actions) {
        if (step.kind === "push") {
          fifo.push(step.value);
          model.push(step.value);
        } else if (step.kind === "unshift") {
          fifo.unshift(step.values);
          model.unshift(...step.values);
        } else expect(fifo.shift()).toBe(model.shift());
        expect([fifo.length, fifo.first()]).toEqual([model.length, model[0]]);
      }
      expect([...fifo]).toEqual(model);
    }),
    { numRuns: 20 },
  );
});

test("a turn's budget is whole again in the next turn", () => {
  const turns: (() => void)[] = [];
  const budget = new TurnBudget(0.05, (callback) => turns.push(callback));
  const seen: number[] = [];
  budget.spend(0.04);
  budget.nextTurn(() => seen.push(budget.leftMs));
  expect([turns.length, budget.leftMs < 0.02]).toEqual([1, true]);
  turns.shift()?.();
  expect(seen).toEqual([0.05]);
});

test("percentiles are right to a few percent", () => {
  const histogram = new LatencyHistogram();
  for (let ms = 1; ms <= 1000; ms++) histogram.record(ms);
  const { count, meanMs, p50Ms, p95Ms, p99Ms, maxMs } = histogram.summary();
  expect([count, meanMs, maxMs]).toEqual([1000, 500.5, 1000]);
  for (const [found, exact] of [
    [p50Ms, 500],
    [p95Ms, 950],
    [p99Ms, 990],
  ] as const) {
    expect(Math.abs(found / exact - 1)).toBeLessThan(0.05);
  }
});

test("tickets that are dropped behind one that waits are forgotten", () => {
  const queue = filled(ticket(0));
  let looks = 0;
  for (let i = 1; i <= 1000; i++) {
    const gone = ticket(i);
    queue.push(gone);
    queue.drop(gone);
    Object.defineProperty(gone, "state", { get: () => (++looks > 0 ? "settled" : "queued") });
  }
  looks = 0;
  expect(payloads([...queue])).toEqual([0]);
  expect(looks).toBeLessThan(100);
  expect([queue.tickets, queue.rows, payloads(queue.take(9))]).toEqual([1, 1, [0]]);
});
