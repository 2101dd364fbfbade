import { describe, expect, test } from "vitest";
import { eliminateDeadCode, fillDefaults, GraphBuilder, normalize, printGraph } from "../../src/graph/index.ts";
import { parseGraph } from "./parse-graph.ts";

describe("printGraph", () => {
  const text = `symbol s0 in [1, Infinity]
input x: %x: float32[s0, 10]
parameter fc.weight: %p_fc_weight: float32[3, 10]
%sym_size: int64(2*s0) = aten.sym_size.int(self=%x, dim=0)
%item: float64 = aten.item.default(self=%x)
%linear: float32[s0, 3] = aten.linear.default(input=%x, weight=%p_fc_weight, bias=None)  # fc
%max: float32[s0], None = aten.max.dim(self=%linear, dim=-1, keepdim=false)
aten._assert_scalar.default(self=%sym_size, assert_msg="a \\"b\\", c")
%slice: float32[2] = aten.slice.Tensor(self=%max, start=0.5, end=9223372036854775807, step=[1, [%x, None]])
output logits: %linear
`;

  test("is stable: what it prints is read back and printed alike", () => {
    expect(printGraph(parseGraph(text))).toBe(text);
  });
});

describe("fillDefaults", () => {
  test("adds what was left out, in the order of the schema, and keeps what was given", () => {
    const graph = parseGraph(`
      input x: %x: float32[1, 3, 8, 8]
      input w: %w: float32[4, 3, 3, 3]
      %conv2d: float32[1, 4, 8, 8] = aten.conv2d.default(padding=[1, 1], weight=%w, input=%x)
      %unknown: float32[1] = custom.op.default(b=2, a=1)
      output y: %conv2d
    `);
    expect(fillDefaults(graph).nodes.map(({ args }) => Object.keys(args))).toEqual([
      ["input", "weight", "bias", "stride", "padding", "dilation", "groups"],
      ["b", "a"],
    ]);
    expect(fillDefaults(graph).nodes[0]?.args).toMatchObject({
      bias: null,
      stride: [1, 1],
      padding: [1, 1],
      groups: 1,
    });
  });
});

describe("eliminateDeadCode", () => {
  const targets = (text: string) => eliminateDeadCode(parseGraph(text)).nodes.map(({ target }) => target);

  test("drops what no output needs, assertions and scalar arithmetic included", () => {
    const kept = targets(`
      input x: %x: float32[2]
      %n: int64 = aten.sym_size.int(self=%x, dim=0)
      %more: int64 = _operator.add(a=%n, b=1)
      %sigmoid: float32[2] = aten.sigmoid.default(self=%x)
      %relu: float32[2] = aten.relu.default(self=%x)
      %tanh: float32[2] = aten.tanh.default(self=%sigmoid)
      aten._assert_tensor_metadata.default(a=%relu, dtype="float32")
      output y: %relu
    `);
    expect(kept).toEqual(["aten.relu.default"]);
  });

  test("keeps what must be refused where it stands: the unknown, and what changes its arguments", () => {
    const kept = targets(`
      input x: %x: float32[2]
      %op: float32[2] = custom.op.default(a=%x)
      %normal_: float32[2] = aten.normal_.default(self=%x)
      output y: %x
    `);
    expect(kept).toEqual(["custom.op.default", "aten.normal_.default"]);
  });
});

test("normalize does all of it and leaves inputs, weights and output names alone", () => {
  const graph = parseGraph(`
    input x: %x: float32[2, 3]
    parameter fc.weight: %w: float32[4, 3]
    %linear: float32[2, 4] = aten.linear.default(input=%x, weight=%w)  # fc
    %dropout: float32[2, 4] = aten.dropout.default(input=%linear, p=0.5, train=false)
    %relu_: float32[2, 4] = aten.relu_.default(self=%dropout)
    aten._assert_tensor_metadata.default(a=%relu_, dtype="float32")
    output y: %linear
  `);
  expect(printGraph(normalize(graph))).toMatchInlineSnapshot(`
    "input x: %x: float32[2, 3]
    parameter fc.weight: %w: float32[4, 3]
    %linear: float32[2, 4] = aten.linear.default(input=%x, weight=%w, bias=None)  # fc
    %relu_: float32[2, 4] = aten.relu.default(self=%linear)
    output y: %relu_
    "
  `);
});

test("a view chain of 20,000 steps is followed without recursion", () => {
  const builder = new GraphBuilder();
  const type = { kind: "tensor", dtype: "float32", shape: [2, 2], contiguous: true } as const;
  const x = builder.input("x", type);
  let view = x;
  for (let i = 0; i < 20_000; i++)
    view = builder.node("aten.transpose.int", { self: { value: view }, dim0: 0, dim1: 1 }, type);
  builder.node("aten.relu_.default", { self: { value: view } }, type);
  builder.output("y", x);
  const normal = normalize(builder.build());
  expect(normal.nodes).toHaveLength(40_001);
  expect(normal.nodes.at(-1)?.target).toBe("aten.transpose.int");
});
