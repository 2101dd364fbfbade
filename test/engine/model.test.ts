import { afterEach, expect, test } from "vitest";
import { type BatchEvent, Engine, type Model, type ModelOptions, RelayError, Tensor } from "../../dist/index.js";
import { echo, rows } from "./null-model.ts";

const engines: Engine[] = [];

afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close({ force: true })));
});

async function open(source = echo(), options: ModelOptions = {}, workers = 2): Promise<Model> {
  const engine = new Engine({ workers, inlineBudgetMs: 0 });
  engines.push(engine);
  return engine.open(source, { warmupMs: 0, ...options });
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return "none";
  } catch (error) {
    return error instanceof RelayError ? error.code : String(error);
  }
}

test("concurrent requests share batches and each gets its own rows", async () => {
  const model = await open(echo({ delayMs: 2 }));
  const requests = Array.from({ length: 100 }, (_, id) => ({ id, input: rows(id + 1, (id % 5) + 1) }));
  const results = await Promise.all(requests.map(({ input }) => model.infer({ x: input })));
  for (const [i, { input }] of requests.entries()) expect(results[i]).toEqual({ y: input });
  const { submitted, completed, batches, rows: total } = model.stats();
  expect([total, completed]).toEqual([300, submitted]);
  expect(batches.worker).toBeLessThan(submitted);
});

test("inputs are taken by name or by position, and nothing else is let through", async () => {
  const model = await open();
  expect(await model.infer([rows(7)])).toEqual({ y: rows(7) });
  const wrong: [unknown, string][] = [
    [{}, "INPUT_NAME"],
    [{ X: rows(1) }, "INPUT_NAME"],
    [{ x: rows(1), z: rows(1) }, "INPUT_NAME"],
    [[rows(1), rows(1)], "INPUT_NAME"],
    [{ x: new Tensor("float32", new Float32Array(2), [1, 2]) }, "INPUT_DTYPE"],
    [{ x: new Tensor("int32", new Int32Array(3), [1, 3]) }, "INPUT_SHAPE"],
    [{ x: new Tensor("int32", new Int32Array(2), [2]) }, "INPUT_SHAPE"],
    [{ x: [1, 2] }, "TENSOR_INVALID"],
  ];
  for (const [inputs, code] of wrong) expect(await codeOf(model.infer(inputs as never)), String(code)).toBe(code);
  expect(model.stats().submitted).toBe(1);
});

test("messages say what was given and what is legal", async () => {
  const model = await open();
  await expect(model.infer({ X: rows(1) })).rejects.toThrow("inputs are X (did you mean x?); the model takes x");
  await expect(model.infer({ x: new Tensor("int32", new Int32Array(3), [1, 3]) })).rejects.toThrow(
    "input x has shape [1, 3]; the model takes [n, 2] with n ≥ 0",
  );
});

test("a request that makes a batch fail does not fail its neighbours", async () => {
  const model = await open(echo({ throwOn: 13 }), {}, 1);
  const codes = await Promise.all([1, 13, 2].map((id) => codeOf(model.infer({ x: rows(id) }))));
  expect(codes).toEqual(["none", "RUN_FAILED", "none"]);
});

test("a worker that dies fails its own batch, is replaced, and the model goes on", async () => {
  const model = await open(echo({ exitOn: 13 }), { maxBatchRows: 1 });
  const ids = [1, 2, 13, 3, 4, 5];
  const codes = await Promise.all(ids.map((id) => codeOf(model.infer({ x: rows(id) }))));
  expect(codes).toEqual(["none", "none", "WORKER_DIED", "none", "none", "none"]);
  expect(model.stats().workers).toMatchObject({ size: 2, replaced: 1 });
  expect(await model.infer({ x: rows(6) })).toEqual({ y: rows(6) });
});

test("a model whose only worker has died is not alive until the next one has started", async () => {
  const model = await open(echo({ exitOn: 9 }), {}, 1);
  expect(model.isAlive).toBe(true);
  expect(await codeOf(model.infer({ x: rows(9) }))).toBe("WORKER_DIED");
  expect(model.isAlive).toBe(false);
  expect(await model.infer({ x: rows(1) })).toEqual({ y: rows(1) });
  expect(model.isAlive).toBe(true);
});

test("a model is loaded although the worker dies that was to warm it up, by the doing of another", async () => {
  const engine = new Engine({ workers: 1, inlineBudgetMs: 0 });
  engines.push(engine);
  const deadly = await engine.open(echo({ delayMs: 300, exitOn: 13 }), { warmupMs: 0 });
  const [code, digits] = await Promise.all([
    codeOf(deadly.infer({ x: rows(13) })),
    engine.load("examples/digits/digits.pt2"),
  ]);
  expect([code, digits.stats().workers.replaced]).toEqual(["WORKER_DIED", 1]);
  expect(digits.sampleInputs).toBeDefined();
});

test("beyond its capacity the queue rejects at once and says when to retry", async () => {
  const model = await open(echo({ delayMs: 5 }), { queueCapacityRows: 3, maxBatchRows: 1 }, 1);
  const requests = Array.from({ length: 10 }, (_, id) => codeOf(model.infer({ x: rows(id) })));
  const codes = await Promise.all(requests);
  expect(codes.filter((code) => code === "QUEUE_FULL")).toHaveLength(7);
  expect(model.stats().rejected.queueFull).toBe(7);
});

test("aborted and late requests are dropped before they cost compute", async () => {
  const model = await open(echo({ delayMs: 20 }), { maxBatchRows: 1 }, 1);
  const abort = new AbortController();
  const running = model.infer({ x: rows(1) });
  const aborted = codeOf(model.infer({ x: rows(2) }, { signal: abort.signal }));
  const late = codeOf(model.infer({ x: rows(3) }, { deadlineMs: 1 }));
  const never = codeOf(model.infer({ x: rows(4) }, { signal: AbortSignal.abort() }));
  abort.abort();
  expect(await Promise.all([aborted, late, never])).toEqual(["CANCELLED", "DEADLINE_EXCEEDED", "CANCELLED"]);
  expect(await running).toEqual({ y: rows(1) });
  expect(model.stats().rows).toBe(1);
});

test("higher priorities run first", async () => {
  const model = await open(echo({ delayMs: 2 }), { maxBatchRows: 1 }, 1);
  const order: number[] = [];
  const note = async (id: number, priority: number) => {
    await model.infer({ x: rows(id) }, { priority });
    order.push(priority);
  };
  await Promise.all([note(1, 0), note(2, 0), note(3, 1), note(4, 2), note(5, 2)]);
  expect(order).toEqual([2, 2, 1, 0, 0]);
});

test("close lets accepted requests finish and takes no more", async () => {
  const model = await open(echo({ delayMs: 5 }));
  const accepted = [1, 2, 3].map((id) => model.infer({ x: rows(id) }));
  const closed = model.close();
  expect(await codeOf(model.infer({ x: rows(4) }))).toBe("MODEL_CLOSED");
  await closed;
  expect(await Promise.all(accepted)).toEqual([1, 2, 3].map((id) => ({ y: rows(id) })));
});

test("close with force cancels what waits", async () => {
  const model = await open(echo({ delayMs: 5 }), { maxBatchRows: 1 }, 1);
  const codes = Promise.all([1, 2, 3].map((id) => codeOf(model.infer({ x: rows(id) }))));
  await model.close({ force: true });
  expect(await codes).toEqual(["CANCELLED", "CANCELLED", "CANCELLED"]);
});

test("inferAll keeps the order, reads no further ahead than asked, and cancels what is left", async () => {
  const model = await open(echo({ delayMs: 1 }));
  let read = 0;
  function* inputs() {
    for (let id = 0; id < 50; id++) {
      read++;
      yield { x: rows(id) };
    }
  }
  const seen: unknown[] = [];
  for await (const { y } of model.inferAll(inputs(), { concurrency: 8 })) {
    seen.push(y?.data[0]);
    expect(read).toBeLessThanOrEqual(seen.length + 8);
    if (seen.length === 20) break;
  }
  expect(seen).toEqual(Array.from({ length: 20 }, (_, id) => id));
  expect(read).toBeLessThan(50);
});

test("batch events tell what ran where", async () => {
  const model = await open(echo({ delayMs: 1 }));
  const events: { rows: number; requests: number; ok: boolean }[] = [];
  model.on("batch", ({ rows: count, requests, ok }) => events.push({ rows: count, requests, ok }));
  await Promise.all([1, 2, 3].map((id) => model.infer({ x: rows(id, 2) })));
  expect(events.reduce((sum, event) => sum + event.rows, 0)).toBe(6);
  expect(events.reduce((sum, event) => sum + event.requests, 0)).toBe(model.stats().completed);
  expect(events.every((event) => event.ok)).toBe(true);
});

test("a request is told of the batches that its rows were part of", async () => {
  const model = await open();
  const events: { rows: number; requests: number; computeMs: number }[] = [];
  await model.infer({ x: rows(1, 2) }, { onBatch: (event) => events.push(event) });
  await model.infer({ x: rows(2) });
  expect(events.reduce((sum, event) => sum + event.rows, 0)).toBe(2);
  expect(events.every(({ computeMs, requests }) => computeMs >= 0 && requests === 1)).toBe(true);
});

test("times add up by the rows of batches, and by requests", async () => {
  const model = await open(echo(), {}, 1);
  await Promise.all([1, 2, 3].map((id) => model.infer({ x: rows(id) })));
  const { batchTimes, batchSizes, requestTimes, batches } = model.stats();
  const counts = Object.entries(batchTimes).map(([size, { count }]) => [size, count]);
  expect(Object.fromEntries(counts)).toEqual(batchSizes);
  expect(counts.reduce((sum, [, count]) => sum + Number(count), 0)).toBe(batches.worker);
  expect(requestTimes.count).toBe(3);
});

test("wrong options are refused with the nearest name", () => {
  expect(() => new Engine({ worker: 2 } as never)).toThrow(
    "option worker is not an option; legal: did you mean workers?",
  );
  expect(() => new Engine({ workers: 0 })).toThrow("option workers is 0; legal: a whole number ≥ 1");
});

test("wrong request options are refused before anything is queued", async () => {
  const model = await open();
  expect(await codeOf(model.infer({ x: rows(1) }, { deadlineMs: Number.NaN }))).toBe("OPTION_INVALID");
  expect(await codeOf(model.infer({ x: rows(1) }, { priority: 1.5 }))).toBe("OPTION_INVALID");
  expect(model.stats().submitted).toBe(0);
});

test("models of one engine share its workers", async () => {
  const engine = new Engine({ workers: 1, inlineBudgetMs: 0 });
  engines.push(engine);
  const [a, b] = await Promise.all([engine.open(echo({ delayMs: 1 })), engine.open(echo({ delayMs: 1 }))]);
  const results = await Promise.all([a.infer({ x: rows(1) }), b.infer({ x: rows(2) }), a.infer({ x: rows(3) })]);
  expect(results).toEqual([1, 2, 3].map((id) => ({ y: rows(id) })));
  await a.close();
  expect(await b.infer({ x: rows(4) })).toEqual({ y: rows(4) });
});

test("a model that is never out of work leaves its neighbour a turn", async () => {
  const engine = new Engine({ workers: 1, inlineBudgetMs: 0 });
  engines.push(engine);
  const [busy, other] = await Promise.all([
    engine.open(echo({ delayMs: 1 }), { maxBatchRows: 1 }),
    engine.open(echo({ delayMs: 3 }), { maxBatchRows: 1 }),
  ]);
  const saturated = Promise.all(Array.from({ length: 200 }, () => busy.infer({ x: rows(1) })));
  await other.infer({ x: rows(2) });
  expect(busy.stats().completed).toBeLessThan(100);
  await saturated;
});

test("a request of many rows is spread over the workers and put together again", async () => {
  const model = await open();
  const numbers = new Tensor(
    "int32",
    Int32Array.from({ length: 200 }, (_, i) => i),
    [100, 2],
  );
  expect(await model.infer({ x: numbers })).toEqual({ y: numbers });
  expect(Object.keys(model.stats().batchSizes)).toEqual(["50"]);
});

test("deterministic models run every row alone", async () => {
  const model = await open(echo(), { deterministic: true });
  const [a, b] = [rows(1, 3), rows(2, 2)];
  expect(await Promise.all([model.infer({ x: a }), model.infer({ x: b })])).toEqual([{ y: a }, { y: b }]);
  expect(model.stats().batchSizes).toEqual({ 1: 5 });
});

test("when a piece of a request fails, the request fails once", async () => {
  const model = await open(echo({ throwOn: 13 }));
  const numbers = new Tensor("int32", Int32Array.from([1, 1, 13, 13]), [2, 2]);
  expect(await codeOf(model.infer({ x: numbers }))).toBe("RUN_FAILED");
});

/** More threads than any machine has for one run: so that there is one at a time. */
const ALL = 4096;

test("runs that take all threads go on one at a time", async () => {
  const model = await open(echo({ delayMs: 2 }), { maxBatchRows: 1, intraOpThreads: ALL });
  expect(model.batching.runsAtOnce).toBe(1);
  const batches: BatchEvent[] = [];
  model.on("batch", (event) => batches.push(event));
  const results = await Promise.all([1, 2, 3, 4, 5].map((id) => model.infer({ x: rows(id) })));
  expect(results).toEqual([1, 2, 3, 4, 5].map((id) => ({ y: rows(id) })));
  const ends = batches.map(({ startedMs, computeMs }) => startedMs + computeMs);
  for (const [i, { startedMs }] of batches.slice(1).entries()) expect(startedMs).toBeGreaterThanOrEqual(ends[i] ?? 0);
});

test("a model that has all its runs leaves the other workers to others", async () => {
  const engine = new Engine({ workers: 2, inlineBudgetMs: 0 });
  engines.push(engine);
  const slow = echo({ delayMs: 300 });
  const wide = await engine.open(slow, { warmupMs: 0, maxBatchRows: 1, intraOpThreads: ALL });
  const other = await engine.open(echo(), { warmupMs: 0 });
  const order: string[] = [];
  const note = (name: string) => () => order.push(name);
  await Promise.all([
    wide.infer({ x: rows(1) }).then(note("first")),
    wide.infer({ x: rows(2) }).then(note("second")),
    other.infer({ x: rows(3) }).then(note("other")),
  ]);
  expect(order).toEqual(["other", "first", "second"]);
});
