import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { Engine, Tensor } from "../../dist/index.js";
import { GraphBuilder, type TensorType } from "../../src/graph/index.ts";

const INTEGER: TensorType = { kind: "tensor", dtype: "int64", shape: [] };

/** A loop that ends at once for negative numbers, and never for others, such as zero. */
function endless() {
  const condition = new GraphBuilder();
  const tested = condition.input("x", INTEGER);
  const args = { self: { value: tested }, other: 0 };
  condition.output("go", condition.node("aten.ge.Scalar", args, { ...INTEGER, dtype: "bool" }));
  const body = new GraphBuilder();
  const x = body.input("x", INTEGER);
  body.output("x", body.node("aten.clamp.default", { self: { value: x }, min: 0, max: null }, INTEGER));
  const graph = new GraphBuilder();
  const loop = {
    cond_fn: { graph: condition.build() },
    body_fn: { graph: body.build() },
    carried_inputs: [{ value: graph.input("x", INTEGER) }],
    additional_inputs: [],
  };
  graph.output("x", graph.node("higher_order.while_loop", loop, INTEGER));
  return graph.build();
}

const number = (value: bigint): Tensor => new Tensor("int64", BigInt64Array.of(value), []);

test("a loop that does not end is stopped with its request, and holds up neither loading nor the event loop", async () => {
  await using engine = new Engine({ workers: 1 });
  const model = await engine.open({ kind: "graph", graph: endless() });
  for (let i = 0; i < 20; i++) expect(await model.infer([number(-5n)])).toEqual({ x: number(-5n) });
  const abort = new AbortController();
  const stopped = model.infer([number(5n)], { signal: abort.signal }).catch(({ code }) => code);
  await nextTurn();
  expect(model.stats().running).toBe(1);
  abort.abort();
  expect(await stopped).toBe("CANCELLED");
  expect(await model.infer([number(-1n)])).toEqual({ x: number(-1n) });
  expect(model.stats().batches.inline).toBe(0);
});
