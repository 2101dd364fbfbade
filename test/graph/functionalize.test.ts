import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { RelayError } from "../../src/core/index.ts";
import { functionalize, isMutating, normalize, printGraph } from "../../src/graph/index.ts";
import { type Dense, evaluate } from "./evaluate.ts";
import { parseGraph } from "./parse-graph.ts";

interface GoldenCase {
  readonly name: string;
  readonly graph: string;
  readonly constants: Readonly<Record<string, Dense>>;
  readonly outputs: readonly Dense[];
}

interface Golden {
  readonly inputs: readonly [Dense, Dense];
  readonly cases: readonly GoldenCase[];
}

const golden: Golden = JSON.parse(readFileSync(new URL("../fixtures/graph/mutations.json", import.meta.url), "utf8"));

function normalText(text: string): string {
  return printGraph(normalize(parseGraph(text)));
}

describe("programs that PyTorch ran", () => {
  const [x, y] = golden.inputs;

  test.for(golden.cases)("$name", ({ graph, constants, outputs }) => {
    const normal = normalize(parseGraph(graph));
    expect(normal.nodes.filter(isMutating)).toEqual([]);
    expect(evaluate(normal, { x, y, ...constants })).toEqual(outputs);
  });
});

describe("plain in-place operators", () => {
  test("an alias that is read later shows the write", () => {
    const graph = normalText(`
      input x: %x: float32[s0, 4]
      symbol s0 in [1, 8]
      %relu: float32[s0, 4] = aten.relu.default(self=%x)
      %add_: float32[s0, 4] = aten.add_.Tensor(self=%relu, other=%x)  # layer
      %mul: float32[s0, 4] = aten.mul.Tensor(self=%relu, other=%add_)
      output y: %mul
    `);
    expect(graph).toMatchInlineSnapshot(`
      "symbol s0 in [1, 8]
      input x: %x: float32[s0, 4]
      %relu: float32[s0, 4] = aten.relu.default(self=%x)
      %add_: float32[s0, 4] = aten.add.Tensor(self=%relu, other=%x, alpha=1)  # layer
      %mul: float32[s0, 4] = aten.mul.Tensor(self=%add_, other=%add_)
      output y: %mul
      "
    `);
  });

  test("a result keeps the dtype of what was changed", () => {
    const graph = normalText(`
      input x: %x: float16[4]
      input y: %y: float32[4]
      %mul_: float16[4] = aten.mul_.Tensor(self=%x, other=%y)
      %gt_: float16[4] = aten.gt_.Scalar(self=%mul_, other=1)
      output y: %x
    `);
    expect(graph).toMatchInlineSnapshot(`
      "input x: %x: float16[4]
      input y: %y: float32[4]
      %mul: float32[4] = aten.mul.Tensor(self=%x, other=%y)
      %mul_: float16[4] = aten._to_copy.default(self=%mul, dtype="float16", layout=None, device=None, pin_memory=None, non_blocking=false, memory_format=None)
      %gt: bool[4] = aten.gt.Scalar(self=%mul_, other=1)
      %gt_: float16[4] = aten._to_copy.default(self=%gt, dtype="float16", layout=None, device=None, pin_memory=None, non_blocking=false, memory_format=None)
      output y: %gt_
      "
    `);
  });

  test("copies and fills", () => {
    const graph = normalText(`
      input x: %x: float32[2, 4]
      input row: %row: int64[4]
      %clone: float32[2, 4] = aten.clone.default(self=%x)
      %copy_: float32[2, 4] = aten.copy_.default(self=%clone, src=%x)
      %copy__1: float32[2, 4] = aten.copy_.default(self=%x, src=%row)
      %zeros: float32[2, 4] = aten.zeros_like.default(self=%row)
      %fill_: float32[2, 4] = aten.fill_.Scalar(self=%zeros, value=2)
      output same: %clone
      output spread: %x
      output filled: %fill_
    `);
    expect(graph).toMatchInlineSnapshot(`
      "input x: %x: float32[2, 4]
      input row: %row: int64[4]
      %_to_copy: float32[4] = aten._to_copy.default(self=%row, dtype="float32", layout=None, device=None, pin_memory=None, non_blocking=false, memory_format=None)
      %copy__1: float32[2, 4] = aten.expand_as.default(self=%_to_copy, other=%x)
      %zeros: float32[2, 4] = aten.zeros_like.default(self=%row, dtype=None, layout=None, device=None, pin_memory=None, memory_format=None)
      %fill_: float32[2, 4] = aten.full_like.default(self=%zeros, fill_value=2, dtype=None, layout=None, device=None, pin_memory=None, memory_format=None)
      output same: %x
      output spread: %copy__1
      output filled: %fill_
      "
    `);
  });

  test("an operator without a functional twin stays, to be refused by name", () => {
    const graph = normalText(`
      input x: %x: float32[4, 4]
      %clone: float32[4, 4] = aten.clone.default(self=%x)
      %fill_diagonal_: float32[4, 4] = aten.fill_diagonal_.default(self=%clone, fill_value=1)
      output y: %clone
    `);
    expect(graph).toContain(
      "%fill_diagonal_: float32[4, 4] = aten.fill_diagonal_.default(self=%clone, fill_value=1, wrap=false)",
    );
    expect(graph).toContain("output y: %fill_diagonal_");
  });

  test("a graph that changes nothing in place is returned as it is", () => {
    const graph = parseGraph(
      "input x: %x: float32[4]\n%relu: float32[4] = aten.relu.default(self=%x)\noutput y: %relu",
    );
    expect(functionalize(graph)).toBe(graph);
  });
});

describe("writes through views", () => {
  test("reach the base and the other views that are read later, and only those", () => {
    const graph = normalText(`
      input x: %x: float32[4, 6]
      %clone: float32[4, 6] = aten.clone.default(self=%x)
      %select: float32[6] = aten.select.int(self=%clone, dim=0, index=1)
      %t: float32[6, 4] strided = aten.t.default(self=%clone)
      %unused: float32[24] = aten.view.default(self=%clone, size=[24])
      %add_: float32[6] = aten.add_.Tensor(self=%select, other=1)
      output row: %select
      output turned: %t
    `);
    expect(graph).toMatchInlineSnapshot(`
      "input x: %x: float32[4, 6]
      %clone: float32[4, 6] = aten.clone.default(self=%x, memory_format=None)
      %select: float32[6] = aten.select.int(self=%clone, dim=0, index=1)
      %add_: float32[6] = aten.add.Tensor(self=%select, other=1, alpha=1)
      %select_scatter: float32[4, 6] = aten.select_scatter.default(self=%clone, src=%add_, dim=0, index=1)
      %t_1: float32[6, 4] = aten.t.default(self=%select_scatter)
      output row: %add_
      output turned: %t_1
      "
    `);
  });

  test("pieces of a split", () => {
    const graph = normalText(`
      symbol s0 in [1, 8]
      input x: %x: float32[s0, 6]
      %clone: float32[s0, 6] = aten.clone.default(self=%x)
      %a: float32[s0, 2] strided, %b: float32[s0, 2] strided, %c: float32[s0, 2] strided = aten.chunk.default(self=%clone, chunks=3, dim=-1)
      %mul_: float32[s0, 2] strided = aten.mul_.Tensor(self=%b, other=%a)
      output whole: %clone
      output last: %c
    `);
    expect(graph).toMatchInlineSnapshot(`
      "symbol s0 in [1, 8]
      input x: %x: float32[s0, 6]
      %clone: float32[s0, 6] = aten.clone.default(self=%x, memory_format=None)
      %a: float32[s0, 2], %b: float32[s0, 2], %c: float32[s0, 2] = aten.chunk.default(self=%clone, chunks=3, dim=-1)
      %mul_: float32[s0, 2] = aten.mul.Tensor(self=%b, other=%a)
      %slice_scatter: float32[s0, 6] = aten.slice_scatter.default(self=%clone, src=%mul_, dim=1, start=2, end=4, step=1)
      %slice: float32[s0, 2] = aten.slice.Tensor(self=%slice_scatter, dim=1, start=4, end=6, step=1)
      output whole: %slice_scatter
      output last: %slice
      "
    `);
  });

  test("a reshape of a row-major tensor is a view, of another a copy", () => {
    const reshaped = (layout: string) =>
      normalText(`
        input x: %x: float32[2, 3]${layout}
        %reshape: float32[6] = aten.reshape.default(self=%x, shape=[6])
        %zero_: float32[6] = aten.zero_.default(self=%reshape)
        output y: %x
      `);
    expect(reshaped("")).toContain("output y: %reshape_as");
    expect(reshaped(" strided")).toContain("output y: %x");
  });
});

function refusal(text: string): unknown {
  try {
    normalText(text);
  } catch (error) {
    return error instanceof RelayError ? error.message : error;
  }
  return "no refusal";
}

describe("state", () => {
  test("a buffer that is written to becomes an input and an output; names that are taken are numbered", () => {
    const graph = normalText(`
      input count: %x: float32[4]
      buffer count: %b: float32[4]
      buffer scale: %s: float32[4]
      %v: float32[2] = aten.slice.Tensor(self=%b, dim=0, start=0, end=2, step=1)
      %zero_: float32[2] = aten.zero_.default(self=%v)
      %mul: float32[4] = aten.mul.Tensor(self=%b, other=%s)
      output y: %mul
    `);
    expect(graph).toMatchInlineSnapshot(`
      "input count: %count: float32[4]
      input count_1: %b: float32[4]
      buffer scale: %s: float32[4]
      %v: float32[2] = aten.slice.Tensor(self=%b, dim=0, start=0, end=2, step=1)
      %zero_: float32[2] = aten.full_like.default(self=%v, fill_value=0, dtype=None, layout=None, device=None, pin_memory=None, memory_format=None)
      %slice_scatter: float32[4] = aten.slice_scatter.default(self=%b, src=%zero_, dim=0, start=0, end=2, step=1)
      %mul: float32[4] = aten.mul.Tensor(self=%slice_scatter, other=%s)
      output y: %mul
      output count: %slice_scatter
      "
    `);
  });

  test("a buffer that shares its memory with another weight may not change", () => {
    const graph = parseGraph(`
      buffer a: %a: float32[4]
      buffer b: %b: float32[4]
      %zero_: float32[4] = aten.zero_.default(self=%a)
      output y: %zero_
    `);
    const [a, b] = graph.weights;
    const shared = { ...graph, weights: [a, { ...b, location: a?.location }] } as typeof graph;
    expect(() => normalize(shared)).toThrow(/it changes the buffer a, which the next call would see/);
  });
});

describe("refusals", () => {
  test("changing a parameter, which the next call would see", () => {
    const message = refusal(`
      parameter bn.scale: %b: int64[]
      %add_: int64[] = aten.add_.Tensor(self=%b, other=1)  # bn
      output n: %add_
    `);
    expect(message).toMatchInlineSnapshot(
      `"aten.add_.Tensor in bn changes a tensor in place, which cannot be followed: it changes the parameter bn.scale, which the next call would see; export the model after model.eval()"`,
    );
  });

  test("changing a weight through a view, or through what may be one", () => {
    const through = (call: string) => `
      parameter w: %w: float32[4]
      %v: float32[4] = ${call}
      %zero_: float32[4] = aten.zero_.default(self=%v)
      output y: %v
    `;
    expect(refusal(through("aten.view.default(self=%w, size=[4])"))).toContain("changes the parameter w");
    expect(refusal(through('aten.to.device(self=%w, device="cpu", dtype="float32")'))).toContain(
      "changes the parameter w",
    );
    expect(refusal(through("aten.clone.default(self=%w)"))).toBe("no refusal");
  });

  test.each(["expand.default(self=%x, size=[4, 3])", "unfold.default(self=%x, dimension=1, size=2, step=1)"])(
    "writing through %s, which may show an element more than once",
    (view) => {
      const operator = view.split(".")[0] ?? "";
      const program = `
        input x: %x: float32[4, 4]
        %view: float32[4, 3] strided = aten.${view}
        %relu_: float32[4, 3] strided = aten.relu_.default(self=%view)  # act
        output y: %relu_
      `;
      expect(refusal(program)).toContain(`it writes through aten.${operator}.default`);
    },
  );

  test("writing through a view that has no inverse, once another look is taken", () => {
    const program = (read: string) => `
      input x: %x: float32[4, 6]
      %unfold: float32[4, 3, 2] strided = aten.unfold.default(self=%x, dimension=1, size=2, step=2)
      %relu_: float32[4, 3, 2] strided = aten.relu_.default(self=%unfold)  # act
      output y: ${read}
    `;
    expect(refusal(program("%x"))).toMatchInlineSnapshot(
      `"aten.relu_.default in act changes a tensor in place, which cannot be followed: it writes through aten.unfold.default; change a clone of the tensor and export again"`,
    );
    expect(refusal(program("%relu_"))).toBe("no refusal");
  });

  test("reading what a write may or may not have changed", () => {
    const program = (written: string, read: string) => `
      input x: %x: float32[2, 3] unknown
      %reshape: float32[6] = aten.reshape.default(self=%x, shape=[6])
      %relu_: float32[6] = aten.relu_.default(self=${written})
      %sigmoid: float32[6] = aten.sigmoid.default(self=${read})
      output y: %sigmoid
    `;
    expect(refusal(program("%reshape", "%x"))).toMatchInlineSnapshot(
      `"aten.relu_.default changes a tensor in place, which cannot be followed: the file does not tell whether %x, which is read later, shares its memory; change a clone of the tensor and export again"`,
    );
    expect(refusal(program("%x", "%reshape"))).toContain("does not tell whether %reshape");
    expect(refusal(program("%reshape", "%reshape"))).toBe("no refusal");
    expect(refusal(program("%x", "%x"))).toBe("no refusal");
  });

  test("changing a piece of a split whose place is not known in numbers", () => {
    const message = refusal(`
      symbol s0 in [1, 8]
      input x: %x: float32[s0, 6]
      %n: int64(s0) = aten.sym_size.int(self=%x, dim=0)
      %a: float32[s0, 6], %b: float32[2, 6] = aten.split_with_sizes.default(self=%x, split_sizes=[%n, 2])
      %zero_: float32[2, 6] = aten.zero_.default(self=%b)
      output y: %x
    `);
    expect(message).toContain("it writes through aten.split_with_sizes.default");
  });
});
