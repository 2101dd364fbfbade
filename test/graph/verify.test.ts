import { describe, expect, test } from "vitest";
import type { Argument, Graph, Node, Value } from "../../src/graph/index.ts";
import { verify } from "../../src/graph/index.ts";
import { parseGraph } from "./parse-graph.ts";

const base = parseGraph(`
  symbol s0 in [1, 8]
  input x: %x: float32[s0, 4]
  %relu: float32[s0, 4] = aten.relu.default(self=%x)
  output y: %relu
`);

function value(name: string): Value {
  return { name, type: { kind: "tensor", dtype: "float32", shape: [] } };
}

function problem(graph: Graph): string {
  try {
    verify(graph, "testing");
  } catch (error) {
    expect(error).toMatchObject({ code: "GRAPH_INVALID" });
    return (error as Error).message;
  }
  return "well-formed";
}

function withNode(target: string, args: Record<string, Argument>, outputs: Node["outputs"] = [value("new")]): Graph {
  return { ...base, nodes: [...base.nodes, { target, args, outputs }] };
}

const [x, relu] = [base.inputs[0]?.value, base.nodes[0]?.outputs[0]] as [Value, Value];

test("a graph from a file is well-formed", () => {
  expect(problem(base)).toBe("well-formed");
  expect(problem(withNode("custom.op.default", { anything: 1 }))).toBe("well-formed");
});

test("the message says the stage, the rule and the node", () => {
  expect(problem(withNode("aten.relu.default", { self: { value: value("ghost") } }))).toMatchInlineSnapshot(
    `"the graph after testing is not well-formed: %ghost is used before it is made, in %new: float32[] = aten.relu.default(self=%ghost)"`,
  );
});

describe("single assignment", () => {
  test("a value is made once", () => {
    expect(problem(withNode("aten.relu.default", { self: { value: x } }, [relu]))).toContain("%relu is made twice");
  });

  test("names are distinct", () => {
    const graph = withNode("aten.relu.default", { self: { value: x } }, [value("relu")]);
    expect(problem(graph)).toContain("two values are called relu");
    expect(problem({ ...base, inputs: [...base.inputs, { name: "x", value: value("z") }] })).toContain(
      "two inputs are called x",
    );
    expect(problem({ ...base, outputs: [...base.outputs, ...base.outputs] })).toContain("two outputs are called y");
  });

  test("a value is made before it is used", () => {
    expect(problem({ ...base, nodes: [] })).toContain("%relu is used before it is made");
    const later = withNode("aten.relu.default", { self: { value: relu } });
    expect(problem({ ...later, nodes: later.nodes.toReversed() })).toContain("%relu is used before it is made");
  });
});

test("a symbol of an input has a range", () => {
  expect(problem({ ...base, symbols: {} })).toContain("input x has symbol s0, which has no range");
});

describe("operators with a schema", () => {
  test.for([
    ["aten.relu.default", {}, "lacks its argument self"],
    ["aten.relu.default", { self: { value: x }, other: 1 }, "has no argument other"],
    ["aten.relu.default", { self: "x" }, "takes Tensor as self"],
    ["aten.relu.default", { self: null }, "takes Tensor as self"],
    ["aten.sum.dim_IntList", { self: { value: x }, dim: [1.5] }, "takes int[1]? as dim"],
    ["aten.index.Tensor", { self: { value: x }, indices: [null, "a"] }, "takes Tensor?[] as indices"],
    ["aten.to.dtype", { self: { value: x }, dtype: 6 }, "takes ScalarType as dtype"],
  ] as const)("%s(%j)", ([target, args, rule]) => {
    expect(problem(withNode(target, args))).toContain(`${target} ${rule}`);
  });

  test("legal: numbers for tensors, one number for a list of known length, None where optional", () => {
    expect(problem(withNode("aten.add.Tensor", { self: { value: x }, other: 2 }))).toBe("well-formed");
    expect(problem(withNode("aten.sum.dim_IntList", { self: { value: x }, dim: 1 }))).toBe("well-formed");
    expect(problem(withNode("aten.sum.dim_IntList", { self: { value: x }, dim: null }))).toBe("well-formed");
    const indices = [null, { value: x }];
    expect(problem(withNode("aten.index.Tensor", { self: { value: x }, indices }))).toBe("well-formed");
  });

  test("as many results as the operator gives", () => {
    const args = { self: { value: x }, dim: 1 };
    expect(problem(withNode("aten.max.dim", args))).toContain("aten.max.dim gives 2 results, not 1");
    expect(problem(withNode("aten.max.dim", args, [null, value("indices")]))).toBe("well-formed");
    expect(problem(withNode("aten.unbind.int", args, [value("a"), value("b"), value("c")]))).toBe("well-formed");
  });
});
