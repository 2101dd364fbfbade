import { expect, test } from "vitest";
import { RelayError } from "../../src/core/index.ts";
import { type Graph, GraphBuilder } from "../../src/graph/index.ts";
import { lower, type UnsupportedOperator } from "../../src/lowering/index.ts";
import { parseGraph } from "../graph/parse-graph.ts";

function refusal(graph: Graph): RelayError {
  try {
    lower(graph, { name: "net" });
  } catch (error) {
    if (error instanceof RelayError) return error;
    throw error;
  }
  throw new Error("the graph was lowered");
}

function operatorsOf(graph: Graph): readonly UnsupportedOperator[] {
  return refusal(graph).details["operators"] as readonly UnsupportedOperator[];
}

test("every operator that cannot be lowered is reported at once, with how often and where", () => {
  const graph = parseGraph(`
    input x: %x: float32[2, 3]
    %a: float32[2, 3] = aten.unheard_of.default(self=%x)  # head.0
    %b: float32[2, 3] = aten.dropout.default(input=%a, p=0.5, train=true)  # head.1
    %c: float32[2, 3] = aten.unheard_of.default(self=%b)  # head.2
    %d: float32[2, 3] = aten.relu.default(self=%c)
    output y: %d
  `);
  expect(operatorsOf(graph)).toEqual([
    { target: "aten.unheard_of.default", reason: "no such operator is supported", count: 2, modulePath: "head.0" },
    {
      target: "aten.dropout.default",
      reason: "it is random; export after model.eval(), or load with allowNondeterministic",
      count: 1,
      modulePath: "head.1",
    },
  ]);
  expect(refusal(graph).code).toBe("OPERATORS_UNSUPPORTED");
  expect(refusal(graph).message).toBe(
    [
      "net cannot run:",
      "  aten.unheard_of.default (2 times): no such operator is supported, first in head.0",
      "  aten.dropout.default: it is random; export after model.eval(), or load with allowNondeterministic, first in head.1",
    ].join("\n"),
  );
});

test("another overload of the operator is suggested, a similar name is not", () => {
  const graph = parseGraph(`
    input x: %x: float32[2]
    %a: float32[2] = aten.relu.out(self=%x)
    %b: float32[2] = aten.sigmiod.default(self=%a)
    output y: %b
  `);
  expect(operatorsOf(graph).map(({ nearest }) => nearest)).toEqual(["aten.relu.default", undefined]);
});

test("the line of the user's program is told when it is recorded", () => {
  const builder = new GraphBuilder();
  const type = { kind: "tensor", dtype: "float32", shape: [2] } as const;
  const x = builder.input("x", type);
  const origin = { modulePath: "", source: "net.py:12" };
  builder.output("y", builder.node("aten.unheard_of.default", { self: { value: x } }, type, origin));
  expect(refusal(builder.build()).message).toContain("first in the root module at net.py:12");
});

test("a use that an operator's rule refuses is a reason of its own", () => {
  const graph = parseGraph(`
    input x: %x: float64[4]
    %a: float64[4] = aten.nextafter.default(self=%x, other=%x)
    output y: %a
  `);
  expect(operatorsOf(graph)).toEqual([
    { target: "aten.nextafter.default", reason: "the neighbours of float64 numbers", count: 1 },
  ]);
});

test("a result that no rule gives is refused when something takes it", () => {
  const graph = (used: string) =>
    parseGraph(`
      input q: %q: float32[1, 2, 3, 4]
      %a: float32[1, 2, 3, 4], %sums: float32[1, 2, 3] = aten._scaled_dot_product_flash_attention_for_cpu.default(query=%q, key=%q, value=%q, dropout_p=0, is_causal=false, attn_mask=None, scale=None)
      output y: %${used}
    `);
  expect(() => lower(graph("a"))).not.toThrow();
  expect(operatorsOf(graph("sums"))[0]?.reason).toBe("result 1 is not supported");
});
