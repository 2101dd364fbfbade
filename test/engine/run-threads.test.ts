import { expect, test } from "vitest";
import { runsAtOnce, runThreads } from "../../dist/engine/run-threads.js";
import { Engine, type Model } from "../../dist/index.js";
import { GraphBuilder } from "../../src/graph/index.ts";

test.each([
  { cores: 1, workers: 1, small: 1, large: 1, runs: [1, 1] },
  { cores: 2, workers: 2, small: 1, large: 2, runs: [2, 1] },
  { cores: 16, workers: 16, small: 1, large: 4, runs: [16, 4] },
  { cores: 16, workers: 1, small: 16, large: 16, runs: [1, 1] },
  { cores: 16, workers: 3, small: 5, large: 5, runs: [3, 3] },
  { cores: 2, workers: 8, small: 1, large: 2, runs: [8, 4] },
])("$workers workers on $cores cores", ({ small, large, runs, ...machine }) => {
  expect(runThreads(machine, undefined)).toEqual({ small, large });
  expect([small, large].map((threads) => runsAtOnce(machine, threads))).toEqual(runs);
});

test("threads that are asked for are taken, and leave room for fewer runs, but for one", () => {
  const machine = { cores: 8, workers: 8 };
  expect(runThreads(machine, 3)).toEqual({ small: 3, large: 3 });
  expect([1, 3, 8, 9].map((threads) => runsAtOnce(machine, threads))).toEqual([8, 2, 1, 1]);
});

/** A matrix of so many rows and columns, that a row is multiplied with. */
function open(engine: Engine, size: number): Promise<Model> {
  const builder = new GraphBuilder();
  const x = builder.input("x", { kind: "tensor", dtype: "float32", shape: [1, size] });
  const storage = { kind: "memory", bytes: new Uint8Array(4 * size * size) } as const;
  const weight = { storage, dtype: "float32", shape: [size, size], strides: [size, 1], storageOffset: 0 } as const;
  const args = { self: { value: x }, mat2: { value: builder.weight("parameter", "w", weight) } };
  builder.output("y", builder.node("aten.mm.default", args, { kind: "tensor", dtype: "float32", shape: [1, size] }));
  return engine.open({ kind: "graph", graph: builder.build() }, { warmupMs: 0 });
}

test("64 MiB of weights make a model large", async () => {
  await using engine = new Engine();
  const small = await open(engine, 4095);
  const large = await open(engine, 4096);
  const cores = large.stats().workers.size;
  expect(small.batching.runsAtOnce).toBe(cores);
  expect(large.batching.runsAtOnce).toBe(Math.floor(cores / Math.min(4, cores)));
});
