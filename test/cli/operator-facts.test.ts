import { expect, test } from "vitest";
import { judgeGraph } from "../../src/cli/operator-facts.ts";
import { type Graph, GraphBuilder, type ValueType } from "../../src/graph/index.ts";

const VECTOR: ValueType = { kind: "tensor", dtype: "float32", shape: [4] };

function unary(...targets: readonly string[]): Graph {
  const builder = new GraphBuilder();
  const input = builder.input("x", VECTOR);
  const result = targets.reduce((value, target) => builder.node(target, { self: { value } }, VECTOR), input);
  builder.output("y", result);
  return builder.build();
}

test("operators are counted as they are lowered: in-place ones are not in place any more", () => {
  const { operators, problem } = judgeGraph(unary("aten.relu_.default", "aten.relu.default", "aten.abs.default"));
  expect(problem).toBeUndefined();
  expect(operators.map(({ target, count }) => [target, count])).toEqual([
    ["aten.abs.default", 1],
    ["aten.relu.default", 2],
  ]);
});

test("a refusal belongs to its operator", () => {
  const { operators, problem } = judgeGraph(unary("aten.relu.default", "aten.no_such.default"));
  expect(problem?.code).toBe("OPERATORS_UNSUPPORTED");
  expect(operators.map(({ target, refusals }) => [target, refusals.length])).toEqual([
    ["aten.no_such.default", 1],
    ["aten.relu.default", 0],
  ]);
});

test("a graph that cannot be normalised is told as it is", () => {
  const builder = new GraphBuilder();
  const location = {
    storage: { kind: "memory", bytes: new Uint8Array(16) },
    dtype: "float32",
    shape: [4],
    strides: [1],
    storageOffset: 0,
  } as const;
  const weight = builder.weight("parameter", "weight", location);
  const changed = builder.node("aten.relu_.default", { self: { value: weight } }, VECTOR);
  builder.output("y", builder.node("aten.abs.default", { self: { value: changed } }, VECTOR));
  const { operators, problem } = judgeGraph(builder.build());
  expect(problem?.code).toBe("MUTATION_UNSUPPORTED");
  expect(operators.map(({ target }) => target)).toEqual(["aten.abs.default", "aten.relu_.default"]);
});
