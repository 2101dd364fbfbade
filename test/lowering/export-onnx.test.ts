import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Storage } from "../../src/core/index.ts";
import { type Graph, GraphBuilder } from "../../src/graph/index.ts";
import { exportOnnx } from "../../src/lowering/index.ts";
import { decodeModel } from "./onnx-model.ts";
import { floatsOf, runModel } from "./run-model.ts";

const SIZES = [300, 3, 1024, 500];
const ELEMENTS = Float32Array.from({ length: 2000 }, (_, i) => i + 0.5);

let folder: string;
let storage: Storage;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "torchrelay-"));
  const file = path.join(folder, "weights.bin");
  writeFileSync(file, ELEMENTS);
  storage = { kind: "file", path: file, offset: 0, byteLength: ELEMENTS.byteLength };
});

afterAll(() => rmSync(folder, { recursive: true }));

/** Adds a scalar input to each weight, and does not use one more. */
function graphOf(weights: Storage): Graph {
  const builder = new GraphBuilder();
  const x = builder.input("x", { kind: "tensor", dtype: "float32", shape: [] });
  SIZES.forEach((size, i) => {
    const location = { storage: weights, dtype: "float32", shape: [size], strides: [1], storageOffset: i } as const;
    const args = { self: { value: builder.weight("parameter", `w${i}`, location) }, other: { value: x }, alpha: 1 };
    const sum = builder.node("aten.add.Tensor", args, { kind: "tensor", dtype: "float32", shape: [size] });
    builder.output(`y${i}`, sum);
  });
  builder.weight("buffer", "unused", {
    storage: weights,
    dtype: "float32",
    shape: [999],
    strides: [1],
    storageOffset: 0,
  });
  return builder.build();
}

function run(onnx: Uint8Array, externalFolder?: string): readonly (readonly number[])[] {
  const outputNames = SIZES.map((_, i) => `y${i}`);
  const model = { onnx, inputNames: ["x"], outputNames, ...(externalFolder !== undefined && { externalFolder }) };
  return runModel(model, { dtype: "float32", shape: [], bytes: new Uint8Array(4) }).map(floatsOf);
}

const EXPECTED = SIZES.map((size, i) => [...ELEMENTS.subarray(i, i + size)]);

test("the model holds the weights that it uses", () => {
  const { onnx, data } = exportOnnx(graphOf(storage), { name: "net", dataFile: "net.onnx.data" });
  expect(data).toBeUndefined();
  const initializers = decodeModel(onnx).initializers;
  expect(initializers.map(({ rawBytes }) => rawBytes)).toEqual(SIZES.map((size) => size * 4));
  expect(run(onnx)).toEqual(EXPECTED);
});

const STORAGES: readonly (readonly [string, () => Storage])[] = [
  ["a file", () => storage],
  ["memory", () => ({ kind: "memory", bytes: new Uint8Array(ELEMENTS.buffer) })],
];

test.each(STORAGES)(
  "weights from %s go to a data file, on pages of their own, when the model is too large",
  (_, weights) => {
    const options = { name: "net", dataFile: "net.onnx.data", maxModelBytes: 7000 };
    const { onnx, data } = exportOnnx(graphOf(weights()), options);
    const external = (offset: number, length: number) => ({
      location: "net.onnx.data",
      offset: String(offset),
      length: String(length),
    });
    expect(decodeModel(onnx).initializers.map((tensor) => tensor.external)).toEqual([
      external(0, 1200),
      {},
      external(4096, 4096),
      external(8192, 2000),
    ]);
    const content = Buffer.concat([...(data ?? [])]);
    expect(content.byteLength).toBe(3 * 4096);
    const target = mkdtempSync(path.join(folder, "target-"));
    writeFileSync(path.join(target, "net.onnx.data"), content);
    expect(run(onnx, target)).toEqual(EXPECTED);
  },
);

test("the limit is that of the whole model", () => {
  const options = { name: "net", dataFile: "net.onnx.data" };
  const graph = graphOf(storage);
  const { byteLength } = exportOnnx(graph, options).onnx;
  expect(exportOnnx(graph, { ...options, maxModelBytes: byteLength }).data).toBeUndefined();
  expect(exportOnnx(graph, { ...options, maxModelBytes: byteLength - 1 }).data).toBeDefined();
});
