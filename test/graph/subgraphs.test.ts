import { describe, expect, test } from "vitest";
import { RelayError } from "../../src/core/index.ts";
import { batchSymbol, type Graph, normalize, printGraph, verify } from "../../src/graph/index.ts";
import { parseGraph } from "./parse-graph.ts";

/** A condition whose true branch consists of `lines`, which make `%out` of `%a`. */
function conditional(lines: string, after = ""): string {
  return `
    input x: %x: float32[3]
    input p: %p: bool[]
    %base: float32[3] = aten.relu.default(self=%x)
    %cond: float32[3] = higher_order.cond(pred=%p, true_fn={}, false_fn={}, operands=[%base])
      true_fn {
        input a: %a: float32[3]
        ${lines}
        output out: %out
      }
      false_fn {
        input a: %a: float32[3]
        %neg: float32[3] = aten.neg.default(self=%a)
        output out: %neg
      }
    ${after}
    output y: %cond
  `;
}

const RELU = "%out: float32[3] = aten.relu.default(self=%a)";

function problem(text: string): string {
  try {
    verify(parseGraph(text), "testing");
  } catch (error) {
    expect(error).toMatchObject({ code: "GRAPH_INVALID" });
    return (error as Error).message;
  }
  return "well-formed";
}

function normal(text: string): string {
  return printGraph(normalize(parseGraph(text)));
}

function refusal(text: string): string {
  try {
    normalize(parseGraph(text));
  } catch (error) {
    if (error instanceof RelayError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "none";
}

test("what is printed is read back and printed alike", () => {
  const text = printGraph(parseGraph(conditional(RELU)));
  expect(text).toContain("\n  true_fn {\n    input a: %a: float32[3]\n");
  expect(printGraph(parseGraph(text))).toBe(text);
});

describe("a subgraph is well-formed when", () => {
  test("it uses its own inputs only", () => {
    expect(problem(conditional(RELU))).toBe("well-formed");
    const graph = parseGraph(conditional(RELU));
    const [base] = graph.nodes[0]?.outputs ?? [];
    const cond = graph.nodes[1];
    const branch = cond?.args["true_fn"] as { readonly graph: Graph };
    const outside = { ...branch.graph, outputs: [{ name: "out", value: base ?? expect.fail("there is a base") }] };
    const broken = {
      ...graph,
      nodes: graph.nodes.map((node) =>
        node === cond ? { ...node, args: { ...node.args, true_fn: { graph: outside } } } : node,
      ),
    };
    expect(() => verify(broken, "testing")).toThrow("%base is used before it is made");
  });

  test("its inputs are the operands", () => {
    expect(problem(conditional(RELU).replace("operands=[%base]", "operands=[%base, %x]"))).toContain(
      "true_fn takes 1 inputs, but there are 2 operands",
    );
    expect(problem(conditional(RELU).replace("operands=[%base]", "operands=[%p]"))).toContain(
      "operand 0 is not what true_fn takes as a",
    );
    expect(problem(conditional(RELU).replace("operands=[%base]", "operands=[1]"))).toContain(
      "operand 0 is not what true_fn takes as a",
    );
  });

  test("its outputs are the results", () => {
    expect(problem(conditional("%out: float32[1, 3] = aten.unsqueeze.default(self=%a, dim=0)"))).toContain(
      "true_fn gives float32[1, 3] as out",
    );
    expect(problem(conditional(RELU).replace("%cond:", "%other: float32[3], %cond:"))).toContain(
      "true_fn gives 1 results, not 2",
    );
  });

  test("it is a graph", () => {
    expect(
      problem(
        conditional(RELU)
          .replace("true_fn={}", 'true_fn="name"')
          .replace(/true_fn \{[^}]*\}/, ""),
      ),
    ).toContain("higher_order.cond takes Graph as true_fn");
  });

  test("a loop's condition is one boolean, and what is carried keeps its dtype and rank", () => {
    const loop = (condition: string, step: string) => `
      input x: %x: int64[s0]
      symbol s0 in [0, 8]
      %loop: int64[u0] = higher_order.while_loop(cond_fn={}, body_fn={}, carried_inputs=[%x], additional_inputs=[])
        cond_fn {
          input x: %x: int64[u1]
          ${condition}
          output go: %go
        }
        body_fn {
          input x: %x: int64[u1]
          ${step}
          output next: %next
        }
      output y: %loop
    `;
    const grow = "%next: int64[u2] = aten.cat.default(tensors=[%x, %x], dim=0)";
    const any = "%go: bool[] = aten.any.default(self=%x)";
    expect(problem(loop(any, grow))).toBe("well-formed");
    expect(problem(loop("%go: int64[] = aten.sum.default(self=%x)", grow))).toContain(
      "cond_fn does not give one boolean",
    );
    expect(problem(loop(any, "%next: float32[u1] = aten.sin.default(self=%x)"))).toContain("body_fn gives float32[u1]");
  });
});

describe("normalization reaches into subgraphs", () => {
  test("defaults are filled in, what nobody uses goes, and what changes a tensor is followed", () => {
    const text = conditional(`
      %unused: float32[3] = aten.sin.default(self=%a)
      %copy: float32[3] = aten.clone.default(self=%a)
      %added: float32[3] = aten.add_.Tensor(self=%copy, other=1)
      %out: float32[3] = aten.mul.Tensor(self=%copy, other=2)
    `);
    expect(normal(text)).toMatchInlineSnapshot(`
      "input x: %x: float32[3]
      input p: %p: bool[]
      %base: float32[3] = aten.relu.default(self=%x)
      %cond: float32[3] = higher_order.cond(pred=%p, true_fn={}, false_fn={}, operands=[%base])
        true_fn {
          input a: %a: float32[3]
          %copy: float32[3] = aten.clone.default(self=%a, memory_format=None)
          %added: float32[3] = aten.add.Tensor(self=%copy, other=1, alpha=1)
          %out: float32[3] = aten.mul.Tensor(self=%added, other=2)
          output out: %out
        }
        false_fn {
          input a: %a: float32[3]
          %neg: float32[3] = aten.neg.default(self=%a)
          output out: %neg
        }
      output y: %cond
      "
    `);
  });

  test("an operator that is not known stays, and with it the condition that runs it", () => {
    const text = conditional(
      "%out: float32[3] = custom.op.default(a=%a)",
      "%end: float32[3] = aten.sin.default(self=%x)",
    );
    expect(normal(text.replace("output y: %cond", "output y: %end"))).toContain("custom.op.default");
    expect(
      normal(
        conditional(RELU, "%end: float32[3] = aten.sin.default(self=%x)").replace("output y: %cond", "output y: %end"),
      ),
    ).not.toContain("cond");
  });

  test("a write to an operand is refused", () => {
    expect(refusal(conditional("%out: float32[3] = aten.add_.Tensor(self=%a, other=1)"))).toMatchInlineSnapshot(
      `"MUTATION_UNSUPPORTED: aten.add_.Tensor changes a tensor in place, which cannot be followed: it changes a, an operand of the subgraph; change a clone of it"`,
    );
    const view =
      "%v: float32[1] = aten.slice.Tensor(self=%a, dim=0, start=0, end=1)\n%z: float32[1] = aten.zero_.default(self=%v)";
    expect(refusal(conditional(`${view}\n${RELU}`))).toContain("MUTATION_UNSUPPORTED: aten.zero_.default");
  });

  test("a write to what a branch may have passed on is refused where it could be seen", () => {
    const write = "%w: float32[3] = aten.add_.Tensor(self=%cond, other=1)";
    const read = "%r: float32[3] = aten.sin.default(self=%base)";
    const passes = conditional("%out: float32[3] = aten.detach.default(self=%a)", `${write}\n${read}\noutput r: %r`);
    expect(refusal(passes)).toContain("the file does not tell whether %base, which is read later, shares its memory");
    expect(refusal(conditional(RELU, `${write}\n${read}\noutput r: %r`))).toBe("none");
    expect(refusal(conditional("%out: float32[3] = aten.detach.default(self=%a)", write))).toBe("none");
  });

  test("a result that may be either of two operands shares doubtfully with both", () => {
    const text = (after: string) => `
      input x: %x: float32[3]
      input p: %p: bool[]
      %a: float32[3] = aten.relu.default(self=%x)
      %b: float32[3] = aten.neg.default(self=%x)
      %cond: float32[3] = higher_order.cond(pred=%p, true_fn={}, false_fn={}, operands=[%a, %b])
        true_fn {
          input a: %a: float32[3]
          input b: %b: float32[3]
          output out: %a
        }
        false_fn {
          input a: %a: float32[3]
          input b: %b: float32[3]
          output out: %b
        }
      %w: float32[3] = aten.add_.Tensor(self=%cond, other=1)
      ${after}
    `;
    expect(refusal(text("output y: %w"))).toBe("none");
    expect(refusal(text("output y: %a"))).toContain("whether %a, which is read later");
    expect(refusal(text("output y: %b"))).toContain("whether %b, which is read later");
  });
});

test("rows of a batch are not followed through control flow", () => {
  const text = `
    symbol s0 in [1, 8]
    input x: %x: float32[s0, 3]
    %all: bool[] = aten.all.default(self=%x)
    %cond: float32[s0, 3] = higher_order.cond(pred=%all, true_fn={}, false_fn={}, operands=[%x])
      true_fn {
        input a: %a: float32[s0, 3]
        %out: float32[s0, 3] = aten.relu.default(self=%a)
        output out: %out
      }
      false_fn {
        input a: %a: float32[s0, 3]
        %out: float32[s0, 3] = aten.neg.default(self=%a)
        output out: %out
      }
    output y: %cond
  `;
  expect(batchSymbol(normalize(parseGraph(text)))).toBeUndefined();
});
