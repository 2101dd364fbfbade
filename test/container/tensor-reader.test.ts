import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readTensor } from "../../src/container/index.ts";
import { LIMITS, type Storage, type TensorLocation } from "../../src/core/index.ts";
import { expectRefusal } from "./expect-refusal.ts";

const values = Int32Array.from({ length: 24 }, (_, i) => i * 10);
const memory: Storage = { kind: "memory", bytes: new Uint8Array(values.buffer) };

function location(shape: readonly number[], strides: readonly number[], storageOffset = 0): TensorLocation {
  return { storage: memory, dtype: "int32", shape, strides, storageOffset };
}

test.each<[string, TensorLocation, readonly number[]]>([
  ["a row", location([3], [1], 4), [40, 50, 60]],
  ["a transposed matrix", location([2, 3], [1, 2]), [0, 20, 40, 10, 30, 50]],
  ["every other element", location([2, 2], [4, 2], 1), [10, 30, 50, 70]],
  ["one element repeated", location([2, 2], [0, 0], 5), [50, 50, 50, 50]],
  ["a scalar", location([], [], 23), [230]],
  ["nothing", location([2, 0], [5, 1], 99), []],
])("reads %s", (_, where, expected) => {
  const tensor = readTensor(where);
  expect(tensor.shape).toEqual(where.shape);
  expect([...tensor.data]).toEqual(expected);
});

test("packed elements in memory are viewed, not copied", () => {
  expect(readTensor(location([2, 3], [3, 1], 6)).data.buffer).toBe(values.buffer);
  expect(readTensor(location([3, 2], [1, 3], 6)).data.buffer).not.toBe(values.buffer);
});

test("elements in a file are read from where they lie, aligned or not", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "tensor-reader-"));
  const file = path.join(folder, "weights.bin");
  writeFileSync(file, Buffer.concat([Buffer.from("abc"), Buffer.from(values.buffer)]));
  const storage: Storage = { kind: "file", path: file, offset: 3, byteLength: values.byteLength };
  expect([...readTensor({ ...location([2, 2], [1, 4], 2), storage }).data]).toEqual([20, 60, 30, 70]);
  rmSync(folder, { recursive: true });
});

test("complex numbers stay whole", () => {
  const storage: Storage = { kind: "memory", bytes: new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer) };
  const tensor = readTensor({ storage, dtype: "complex64", shape: [2], strides: [1], storageOffset: 0 });
  expect([...tensor.data]).toEqual([1, 2, 3, 4]);
});

test("what one stored element is repeated to is limited", () => {
  const limits = { ...LIMITS, materializedWeightBytes: 1000 };
  expectRefusal(() => readTensor(location([1e6, 1e6], [0, 0]), limits), "LIMIT_EXCEEDED", "materializedWeightBytes");
});

test("any strides give the elements that they say", () => {
  const axis = fc.record({ size: fc.integer({ min: 1, max: 3 }), stride: fc.integer({ min: 0, max: 3 }) });
  fc.assert(
    fc.property(fc.array(axis, { maxLength: 3 }), fc.nat(5), (axes, offset) => {
      const indices = axes.reduce<number[]>(
        (starts, { size, stride }) =>
          starts.flatMap((start) => Array.from({ length: size }, (_, i) => start + i * stride)),
        [offset],
      );
      const where = location(
        axes.map(({ size }) => size),
        axes.map(({ stride }) => stride),
        offset,
      );
      expect([...readTensor(where).data]).toEqual(indices.map((i) => values[i]));
    }),
  );
});
