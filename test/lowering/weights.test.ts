import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LIMITS, numel, RelayError, type SizedModel, type Storage, type TensorLocation } from "../../src/core/index.ts";
import { GraphBuilder } from "../../src/graph/index.ts";
import { lower } from "../../src/lowering/index.ts";
import { decodeModel } from "./onnx-model.ts";
import { floatsOf, runModel } from "./run-model.ts";

const ELEMENTS = Float32Array.from({ length: 64 }, (_, i) => i + 0.5);
const HEADER_BYTES = 24;

let folder: string;
let storage: Storage;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "torchrelay-"));
  const path = join(folder, "weights.bin");
  writeFileSync(path, Buffer.concat([Buffer.alloc(HEADER_BYTES), Buffer.from(ELEMENTS.buffer)]));
  storage = { kind: "file", path, offset: HEADER_BYTES, byteLength: ELEMENTS.byteLength };
});

afterAll(() => rmSync(folder, { recursive: true }));

function view(shape: readonly number[], strides: readonly number[], storageOffset = 0): TensorLocation {
  return { storage, dtype: "float32", shape, strides, storageOffset };
}

/** A model that adds a scalar input to each weight. */
function lowerWeights(...locations: readonly TensorLocation[]): SizedModel {
  const builder = new GraphBuilder();
  const x = builder.input("x", { kind: "tensor", dtype: "float32", shape: [] });
  for (const [i, location] of locations.entries()) {
    const weight = builder.weight("parameter", `w${i}`, location);
    const args = { self: { value: weight }, other: { value: x }, alpha: 1 };
    const { dtype, shape } = location;
    builder.output(`y${i}`, builder.node("aten.add.Tensor", args, { kind: "tensor", dtype, shape }));
  }
  return lower(builder.build());
}

function run(model: SizedModel): readonly (readonly number[])[] {
  return runModel(model, { dtype: "float32", shape: [], bytes: new Uint8Array(4) }).map(floatsOf);
}

/** The elements that strides walk, as PyTorch defines them. */
function elementsOf({ shape, strides, storageOffset }: TensorLocation): number[] {
  return Array.from({ length: numel(shape) }, (_, flat) => {
    let rest = flat;
    let position = storageOffset;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const size = shape[axis] ?? 1;
      position += (rest % size) * (strides[axis] ?? 0);
      rest = Math.floor(rest / size);
    }
    return ELEMENTS[position] ?? Number.NaN;
  });
}

/** Of float32 tensors. */
function bytesOf(...shapes: readonly (readonly number[])[]): number {
  return shapes.reduce((sum, shape) => sum + 4 * numel(shape), 0);
}

test("a row-major weight is a range of the user's file", () => {
  const location = view([3, 4], [4, 1], 8);
  const model = lowerWeights(location);
  expect(model.externalFolder).toBe(folder);
  expect(decodeModel(model.onnx).initializers).toEqual([
    { name: "w0", dims: [3, 4], external: { location: "weights.bin", offset: "56", length: "48" }, rawBytes: 0 },
  ]);
  expect(run(model)).toEqual([elementsOf(location)]);
});

const VIEWS: readonly (readonly [string, TensorLocation, string | undefined])[] = [
  ["transposed", view([4, 3], [1, 4]), "Transpose"],
  ["channels last", view([2, 3, 2, 4], [24, 1, 12, 3]), "Transpose"],
  ["with a stride of its own on an axis of size 1", view([1, 5], [77, 1], 2), undefined],
  ["a block of columns", view([3, 2], [4, 1], 1), "Gather"],
  ["every other element", view([4], [2], 3), "Gather"],
  ["expanded", view([3, 4], [0, 1]), "Gather"],
  ["overlapping", view([4, 4], [2, 1]), "Gather"],
  ["a scalar", view([], [], 9), undefined],
];

test.each(VIEWS)("a weight that is %s has the elements that PyTorch sees", (_, location, op) => {
  const model = lowerWeights({ ...location, storage });
  const ops = decodeModel(model.onnx).nodes.map((node) => node.op);
  expect(ops.filter((name) => name === "Transpose" || name === "Gather")).toEqual(op === undefined ? [] : [op]);
  expect(decodeModel(model.onnx).initializers.filter(({ external }) => external["location"]).length).toBe(1);
  expect(run(model)).toEqual([elementsOf(location)]);
});

test("weights that are the same view of the same storage are one initializer", () => {
  const model = lowerWeights(view([3, 4], [4, 1]), view([3, 4], [4, 1]), view([12], [1]));
  expect(decodeModel(model.onnx).initializers.length).toBe(2);
  expect(run(model).map((elements) => elements[5])).toEqual([5.5, 5.5, 5.5]);
});

test("bytes in memory are in the model", () => {
  const memory: Storage = { kind: "memory", bytes: new Uint8Array(ELEMENTS.buffer) };
  const model = lowerWeights({ ...view([2, 3], [3, 1], 4), storage: memory });
  expect(model.externalFolder).toBeUndefined();
  expect(decodeModel(model.onnx).initializers[0]?.rawBytes).toBe(24);
  expect(run(model)).toEqual([[4.5, 5.5, 6.5, 7.5, 8.5, 9.5]]);
});

test("a storage without bytes is zeros, and a weight without elements is empty", () => {
  const nothing: Storage = { kind: "memory", bytes: new Uint8Array(0) };
  expect(run(lowerWeights({ ...view([2, 2], [2, 1]), storage: nothing }))).toEqual([[0, 0, 0, 0]]);
  expect(run(lowerWeights(view([0, 3], [3, 1])))).toEqual([[]]);
});

function codeOf(action: () => unknown): string | undefined {
  try {
    action();
  } catch (error) {
    if (error instanceof RelayError) return error.code;
    throw error;
  }
  return undefined;
}

test("a weight that reaches past its storage is refused", () => {
  expect(codeOf(() => lowerWeights(view([8, 8], [8, 1], 1)))).toBe("MODEL_UNSUPPORTED");
  expect(codeOf(() => lowerWeights(view([2], [-1], 3)))).toBe("MODEL_UNSUPPORTED");
  expect(codeOf(() => lowerWeights(view([2], [1], -1)))).toBe("MODEL_UNSUPPORTED");
});

test("weights in two folders are refused", () => {
  const elsewhere = { ...storage, path: "/elsewhere/weights.bin" } as Storage;
  expect(codeOf(() => lowerWeights(view([2], [1]), { ...view([2], [1]), storage: elsewhere }))).toBe(
    "MODEL_UNSUPPORTED",
  );
});

test("a small storage cannot stand for an absurdly large weight", () => {
  const side = Math.ceil(Math.sqrt(LIMITS.materializedWeightBytes / 4)) + 1;
  expect(codeOf(() => lowerWeights(view([side, side], [0, 0])))).toBe("LIMIT_EXCEEDED");
});

test("what a run reads of the weights is counted, but not a table that it picks rows of", () => {
  const builder = new GraphBuilder();
  const ids = builder.input("ids", { kind: "tensor", dtype: "int64", shape: [3] });
  const table = builder.weight("parameter", "table", view([8, 4], [4, 1]));
  const bias = builder.weight("parameter", "bias", view([4], [1], 32));
  const type = { kind: "tensor", dtype: "float32", shape: [3, 4] } as const;
  const rows = builder.node("aten.embedding.default", { weight: { value: table }, indices: { value: ids } }, type);
  const args = { self: { value: rows }, other: { value: bias }, alpha: 1 };
  builder.output("y", builder.node("aten.add.Tensor", args, type));
  // Constants of the checks on the indices are counted, too.
  expect(lower(builder.build()).readWeightBytes).toBeLessThan(bytesOf([8, 4]));
  expect(lowerWeights(view([3, 4], [4, 1]), view([2, 2], [1, 2], 20)).readWeightBytes).toBe(bytesOf([3, 4], [2, 2]));
});
