import { expect, test } from "vitest";
import { type Engine, type Model, Tensor } from "../../dist/index.js";
import type { ServedModel } from "../../dist/server/served-model.js";
import { ServedModels } from "../../dist/server/served-models.js";
import { echoOf, serving } from "./serving.ts";

const ROW = { x_int32: new Tensor("int32", Int32Array.of(7), [1, 1]) };

function echo(engine: Engine): Promise<Model> {
  return engine.open(echoOf(["int32"], { delayMs: 20 }), { warmupMs: 0 });
}

async function servedEcho(): Promise<{ engine: Engine; models: ServedModels; served: ServedModel }> {
  const { engine } = await serving();
  const models = new ServedModels();
  const served = models.declare("echo", "1");
  served.becomeReady(await echo(engine));
  return { engine, models, served };
}

async function seven(served: ServedModel): Promise<unknown> {
  return (await served.infer(ROW, {}))["y_int32"]?.data[0];
}

test("a model that is taken away answers what it has, also requests that are still being read", async () => {
  const { models, served } = await servedEcho();
  const running = seven(served);
  let read = (): void => {};
  const reading = new Promise<void>((resolve) => {
    read = resolve;
  });
  const held = served.hold(async () => {
    await reading;
    return seven(served);
  });
  const removed = models.remove(served);
  expect(() => models.get("echo")).toThrow(expect.objectContaining({ code: "MODEL_UNKNOWN" }));
  expect([served.state, models.retiring]).toEqual(["unloading", [served]]);
  expect(await running).toBe(7);
  read();
  expect(await held).toBe(7);
  await removed;
  expect(models.retiring).toEqual([]);
  await expect(seven(served)).rejects.toMatchObject({ code: "MODEL_CLOSED" });
});

test("a model that is replaced answers what it has, and its counts go on", async () => {
  const { engine, served } = await servedEcho();
  const before = [seven(served), seven(served)];
  const replaced = served.model;
  served.becomeReady(await echo(engine));
  expect(served.model).not.toBe(replaced);
  expect(served.stats?.submitted).toBe(2);
  const after = seven(served);
  expect(await Promise.all([...before, after])).toEqual([7, 7, 7]);
  await replaced.close();
  const { submitted, completed, rows, latency, batchSizes, workers } = served.stats ?? {};
  expect({ submitted, completed, rows, count: latency?.count }).toEqual({
    submitted: 3,
    completed: 3,
    rows: 3,
    count: 3,
  });
  expect(Object.entries(batchSizes ?? {}).reduce((sum, [size, count]) => sum + Number(size) * count, 0)).toBe(3);
  expect(workers?.size).toBe(1);
  expect(latency?.maxMs).toBeGreaterThanOrEqual(latency?.meanMs ?? Number.NaN);
});

test("a forced close cancels what is being drained", async () => {
  const { models, served } = await servedEcho();
  const running = expect(Promise.all(Array.from({ length: 50 }, () => seven(served)))).rejects.toMatchObject({
    code: "CANCELLED",
  });
  const removed = models.remove(served);
  await models.close({ force: true });
  await running;
  await removed;
});
