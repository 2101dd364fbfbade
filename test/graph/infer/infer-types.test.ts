import { expect, test } from "vitest";
import { type Dim, type DType, dimExpression, symbol } from "../../../src/core/index.ts";
import { type Argument, formatType, type InferContext, inferTypes, type Node } from "../../../src/graph/index.ts";

const s0 = symbol("s0");
const s1 = symbol("s1");

function tensor(shape: readonly Dim[], dtype: DType = "float32"): Argument {
  return { value: { name: "x", type: { kind: "tensor", dtype, shape, contiguous: true } } };
}

function integer(dim?: Dim): Argument {
  return { value: { name: "n", type: { kind: "scalar", dtype: "int64", ...(dim !== undefined && { dim }) } } };
}

const context: InferContext = { symbol: (hint) => symbol(`new_${hint}`) };

function infer(target: string, args: Node["args"], more: Partial<InferContext> = {}): readonly string[] | undefined {
  const types = inferTypes(target, args, { ...context, ...more });
  return types?.map((type) => (type === null ? "None" : formatType(type)));
}

const refusal = (target: string, args: Node["args"]) => () => inferTypes(target, args, context);

test("an operator without a rule has no types", () => {
  expect(infer("aten.set_.source_Tensor", { self: tensor([2]), source: tensor([3]) })).toBeUndefined();
});

test("defaults of the schema need not be given", () => {
  expect(infer("aten.softmax.int", { self: tensor([s0, 3]), dim: -1 })).toEqual(["float32[s0, 3]"]);
  expect(infer("aten.flatten.using_ints", { self: tensor([s0, 3, 4]), start_dim: 1 })).toEqual(["float32[s0, 12]"]);
});

test("a size that is -1 is what the others leave, symbols included", () => {
  const self = tensor([s0, s1, 64]);
  expect(infer("aten.view.default", { self, size: [integer(s0), -1, 8] })).toEqual(["float32[s0, 8*s1, 8]"]);
  expect(infer("aten.view.default", { self, size: [-1, 64] })).toEqual(["float32[s0*s1, 64]"]);
  const size = [integer(s0), integer(dimExpression("mul", s1, 4)), -1];
  expect(infer("aten.reshape.default", { self, shape: size })).toEqual(["float32[s0, 4*s1, 16]"]);
});

test("convolutions and pools compute with symbols", () => {
  const image = tensor([s0, 3, s1, 32]);
  const conv = { input: image, weight: tensor([8, 3, 3, 3]), stride: [2], padding: [1], dilation: [1], groups: 1 };
  expect(infer("aten.conv2d.default", conv)).toEqual(["float32[s0, 8, 1 + ((-1 + s1)//2), 16]"]);
  const pool = { self: image, kernel_size: [2], stride: [], ceil_mode: true };
  expect(infer("aten.max_pool2d.default", pool)).toEqual(["float32[s0, 3, 1 + ((-1 + s1)//2), 16]"]);
});

test("slices end where the axis does, wherever their bounds lie", () => {
  const slice = (start: Argument, end: Argument) =>
    infer("aten.slice.Tensor", { self: tensor([s0, 4]), dim: 0, start, end });
  expect(slice(0, 2n ** 63n - 1n)).toEqual(["float32[s0, 4]"]);
  expect(slice(1, null)).toEqual(["float32[max(0, -1 + s0), 4]"]);
  expect(slice(null, integer(s1))).toEqual(["float32[min(s0, s1), 4]"]);
  expect(slice(0, 3)).toEqual(["float32[min(3, s0), 4]"]);
});

test("of two symbols that may differ the first is kept, and the caller is told", () => {
  const told: Dim[] = [];
  const assumeEqual = (a: Dim, b: Dim) => told.push(a, b);
  const args = { self: tensor([s0, 1]), other: tensor([s1, 4]) };
  expect(infer("aten.add.Tensor", args, { assumeEqual })).toEqual(["float32[s0, 4]"]);
  expect(told).toEqual([s0, s1]);
});

test("what only the data decide is a new symbol", () => {
  expect(infer("aten.nonzero.default", { self: tensor([s0, 4]) })).toEqual(["int64[new_nonzero, 2]"]);
  expect(infer("aten.zeros.default", { size: [integer(), 3] })).toEqual(["float32[new_size, 3]"]);
  expect(infer("aten.item.default", { self: tensor([], "int64") })).toEqual(["int64"]);
  expect(infer("torchvision.nms", { dets: tensor([s0, 4]), scores: tensor([s0]), iou_threshold: 0.5 })).toEqual([
    "int64[new_boxes]",
  ]);
});

test("numbers of the graph are known by their expressions", () => {
  expect(infer("aten.sym_size.int", { self: tensor([s0, 4]), dim: 0 })).toEqual(["int64(s0)"]);
  expect(infer("_operator.mul", { a: integer(s0), b: integer(dimExpression("add", s1, 1)) })).toEqual([
    "int64(s0 + (s0*s1))",
  ]);
  expect(infer("_operator.sub", { a: integer(s0), b: integer(s0) })).toEqual(["int64(0)"]);
  expect(infer("_operator.floordiv", { a: integer(s0), b: 0 })).toEqual(["int64"]);
});

test("expressions do not grow without bound", () => {
  let dim: Dim = s0;
  for (let step = 0; step < 60; step++) dim = dimExpression("floordiv", dimExpression("add", dim, s1), 7);
  expect(infer("aten.neg.default", { self: tensor([dim]) })).toEqual(["float32[new_size]"]);
});

test("an operator in place gives the tensor it changes, if the result fits", () => {
  const self = tensor([s0, 4]);
  expect(infer("aten.add_.Tensor", { self, other: tensor([4], "float64") })).toEqual(["float32[s0, 4]"]);
  expect(infer("aten.unsqueeze_.default", { self, dim: 0 })).toEqual(["float32[1, s0, 4]"]);
  expect(refusal("aten.add_.Tensor", { self: tensor([4]), other: tensor([3, 4]) })).toThrow(
    expect.objectContaining({ code: "INPUT_SHAPE" }),
  );
  expect(refusal("aten.div_.Tensor", { self: tensor([4], "int64"), other: 2 })).toThrow(
    expect.objectContaining({ code: "INPUT_DTYPE" }),
  );
});

test.each([
  ["aten.add.Tensor", { self: tensor([2, 3]), other: tensor([4]) }, "INPUT_SHAPE"],
  ["aten.matmul.default", { self: tensor([2, 3]), other: tensor([4, 5]) }, "INPUT_SHAPE"],
  ["aten.matmul.default", { self: tensor([2, 3]), other: tensor([3, 5], "int64") }, "INPUT_DTYPE"],
  ["aten.view.default", { self: tensor([2, 3]), size: [4, -1] }, "INPUT_SHAPE"],
  ["aten.view.default", { self: tensor([s0, 3]), size: [-1, -1] }, "INPUT_SHAPE"],
  ["aten.cat.default", { tensors: [tensor([2, 3]), tensor([2, 4])], dim: 0 }, "INPUT_SHAPE"],
  ["aten.permute.default", { self: tensor([2, 3]), dims: [0, 0] }, "INPUT_SHAPE"],
  ["aten.select.int", { self: tensor([2, 3]), dim: 2, index: 0 }, "INPUT_SHAPE"],
  ["aten.linear.default", { input: tensor([2, 3]), weight: tensor([5, 4]) }, "INPUT_SHAPE"],
  ["aten.permute.default", { self: tensor([2, 3]), dims: "both" }, "GRAPH_INVALID"],
  ["aten.relu.default", {}, "GRAPH_INVALID"],
] as const)("%s refuses what PyTorch refuses", (target, args, code) => {
  expect(refusal(target, args)).toThrow(expect.objectContaining({ code }));
});

test("a number of pieces that would have to be known is told", () => {
  const told = { code: "GRAPH_INVALID", size: s0 };
  expect(refusal("aten.unbind.int", { self: tensor([s0, 3]) })).toThrow(expect.objectContaining(told));
});

test("an open size is cut into as many pieces as it is a multiple of their length", () => {
  const thrice = tensor([dimExpression("mul", 3, s0)]);
  expect(infer("aten.split.Tensor", { self: thrice, split_size: integer(s0) })).toEqual([
    "float32[s0]",
    "float32[s0]",
    "float32[s0]",
  ]);
  const twice = tensor([dimExpression("mul", 2, s0), 4]);
  expect(infer("aten.chunk.default", { self: twice, chunks: 2 })).toEqual(["float32[s0, 4]", "float32[s0, 4]"]);
});
