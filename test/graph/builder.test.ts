import { expect, test } from "vitest";
import { GraphBuilder, printGraph } from "../../src/graph/index.ts";

const type = { kind: "tensor", dtype: "float32", shape: [2] } as const;

test("values are named after their operator and numbered where the name is taken", () => {
  const builder = new GraphBuilder();
  const x = builder.input("add", type);
  const a = builder.node("aten.add.Tensor", { self: { value: x }, other: 1 }, type);
  const b = builder.value("add_2", type);
  const c = builder.node("aten.add.Tensor", { self: { value: a }, other: 1 }, type);
  expect([x, a, b, c].map(({ name }) => name)).toEqual(["add", "add_1", "add_2", "add_3"]);
});

test("a graph is what was put in, in order", () => {
  const builder = new GraphBuilder();
  builder.symbol("s0", { min: 1, max: 4 });
  const x = builder.input("x", type);
  const storage = { kind: "memory", bytes: new Uint8Array(8) } as const;
  const location = { storage, dtype: "float32", shape: [2], strides: [1], storageOffset: 0 } as const;
  const weight = builder.weight("parameter", "fc.weight", location);
  const sum = builder.node("aten.add.Tensor", { self: { value: x }, other: { value: weight } }, type, {
    modulePath: "fc",
  });
  builder.output("y", sum);
  expect(printGraph(builder.build())).toMatchInlineSnapshot(`
    "symbol s0 in [1, 4]
    input x: %x: float32[2]
    parameter fc.weight: %fc.weight: float32[2]
    %add: float32[2] = aten.add.Tensor(self=%x, other=%fc.weight)  # fc
    output y: %add
    "
  `);
  expect(() => builder.output("y", sum)).toThrow("output y named twice");
});
