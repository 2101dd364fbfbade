import { expect, test } from "vitest";
import { lower } from "../../src/lowering/index.ts";
import type { TensorBuffer } from "../../src/runtime/index.ts";
import { parseGraph } from "../graph/parse-graph.ts";
import { decodeModel } from "./onnx-model.ts";
import { floatsOf, runText } from "./run-model.ts";

function vector(...values: readonly number[]): TensorBuffer {
  return { dtype: "float32", shape: [values.length], bytes: new Uint8Array(Float32Array.from(values).buffer) };
}

function run(text: string, ...inputs: readonly TensorBuffer[]): readonly (readonly number[])[] {
  return runText(text, ...inputs).map(floatsOf);
}

test("inputs and outputs keep their names, and symbolic sizes are named", () => {
  const graph = parseGraph(`
    symbol s0 in [1, 64]
    input images.0: %x: float32[s0, 3]
    %y: float32[s0, 3] = aten.relu.default(self=%x)
    %z: float32[2*s0, 3] = aten.cat.default(tensors=[%x, %y], dim=0)
    output logits: %y
    output both/all: %z
  `);
  const model = lower(graph);
  expect(model.inputNames).toEqual(["images.0"]);
  expect(model.outputNames).toEqual(["logits", "both/all"]);
  const { inputs, outputs } = decodeModel(model.onnx);
  expect(inputs).toEqual(["images.0: [s0, 3]"]);
  expect(outputs).toEqual(["logits: [s0, 3]", "both/all: [2*s0, 3]"]);
});

test("an output may be an input, or another output under a second name", () => {
  const text = `
    input x: %x: float32[2]
    %y: float32[2] = aten.neg.default(self=%x)
    output same: %x
    output negative: %y
    output again: %y
  `;
  expect(run(text, vector(1, -2))).toEqual([
    [1, -2],
    [-1, 2],
    [-1, 2],
  ]);
});

test("an output that has the name of an input gets another one", () => {
  const text = `
    input x: %x: float32[2]
    %y: float32[2] = aten.neg.default(self=%x)
    output x: %y
  `;
  expect(lower(parseGraph(text)).outputNames).toEqual(["x_1"]);
  expect(run(text, vector(1, -2))).toEqual([[-1, 2]]);
});

test("names inside the graph give way to those of inputs and outputs", () => {
  const text = `
    input relu/Relu: %x: float32[2]
    %y: float32[2] = aten.relu.default(self=%x)
    %z: float32[2] = aten.neg.default(self=%y)
    output neg/Neg: %z
    output relu/Relu_1: %y
  `;
  expect(run(text, vector(1, -2))).toEqual([
    [-1, -0],
    [1, 0],
  ]);
});

test("what no output needs is left out", () => {
  const graph = parseGraph(`
    input x: %x: float32[1, 1, 4, 4]
    parameter w: %w: float32[3]
    %y: float32[1, 1, 2, 2], %positions: int64[1, 1, 2, 2] = aten.max_pool2d_with_indices.default(self=%x, kernel_size=[2, 2], stride=[], padding=[0, 0], dilation=[1, 1], ceil_mode=false)
    %unused: float32[3] = aten.neg.default(self=%w)
    output y: %y
  `);
  const { nodes, initializers } = decodeModel(lower(graph).onnx);
  expect(nodes.map(({ op, outputs }) => [op, outputs])).toEqual([["MaxPool", ["y"]]]);
  expect(initializers).toEqual([]);
});
