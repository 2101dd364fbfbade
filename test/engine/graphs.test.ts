import { expect, test } from "vitest";
import { Engine, Tensor } from "../../dist/index.js";
import { GraphBuilder, type TensorType } from "../../src/graph/index.ts";

/** quotient = left // right, for int64[2]: a graph that refuses zeros. */
function division() {
  const type: TensorType = { kind: "tensor", dtype: "int64", shape: [2] };
  const graph = new GraphBuilder();
  const [left, right] = [graph.input("left", type), graph.input("right", type)];
  const args = { self: { value: left }, other: { value: right }, rounding_mode: "floor" };
  graph.output("quotient", graph.node("aten.div.Tensor_mode", args, type));
  return graph.build();
}

const pair = (...values: bigint[]): Tensor => new Tensor("int64", BigInt64Array.from(values), [2]);

test("a model without samples may refuse the zeros it is warmed up with", async () => {
  await using engine = new Engine({ workers: 1 });
  const model = await engine.open({ kind: "graph", graph: division() });
  expect(await model.infer([pair(7n, -7n), pair(2n, 2n)])).toEqual({ quotient: pair(3n, -4n) });
  await expect(model.infer([pair(7n, 7n), pair(0n, 2n)])).rejects.toMatchObject({ code: "INPUT_VALUE" });
});

test("names that an object cannot hold are refused", async () => {
  const type: TensorType = { kind: "tensor", dtype: "float32", shape: [2] };
  const graph = new GraphBuilder();
  const x = graph.input("x", type);
  graph.output("__proto__", graph.node("aten.relu.default", { self: { value: x } }, type));
  await using engine = new Engine({ workers: 1 });
  await expect(engine.open({ kind: "graph", graph: graph.build() })).rejects.toMatchObject({
    code: "MODEL_UNSUPPORTED",
  });
});
