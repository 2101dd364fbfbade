import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { readTensor } from "../../src/container/index.ts";
import type { Tensor, TensorLocation } from "../../src/core/index.ts";
import { type Program, printGraph, valuesIn, verify } from "../../src/graph/index.ts";
import { FOLDER, loadBytes, loadFile, MLPS } from "./programs.ts";

interface Expected {
  readonly weights: Readonly<Record<string, { readonly shape: readonly number[]; readonly values: readonly number[] }>>;
  readonly samples: readonly (readonly number[])[];
}

const expected = JSON.parse(readFileSync(`${FOLDER}expected.json`, "utf8")) as Expected;

/** Elements as numbers; a bfloat16 is the upper half of a float32. */
function numbers({ dtype, data }: Tensor): number[] {
  if (dtype !== "bfloat16") return Array.from(data, Number);
  return [...new Float32Array(Uint32Array.from(data as Uint16Array, (half) => half * 0x10000).buffer)];
}

function location(program: Program, name: string): TensorLocation {
  const weight = program.graph.weights.find((candidate) => candidate.name === name);
  if (!weight) throw new Error(`no weight ${name}`);
  return weight.location;
}

describe.each(MLPS)("%s", (name) => {
  const program = loadFile(name);

  test("gives one and the same graph", () => {
    verify(program.graph, "loading");
    expect(printGraph(program.graph)).toBe(printGraph(loadFile("mlp-2.13.pt2").graph));
  });

  test("gives PyTorch's weights", () => {
    const found = program.graph.weights.map(({ name, location }) => {
      const tensor = readTensor(location);
      return [name, { shape: tensor.shape, values: numbers(tensor) }] as const;
    });
    expect(Object.fromEntries(found)).toEqual(expected.weights);
  });

  test("gives the sample inputs, in the order of the inputs", () => {
    expect(program.sampleInputs?.map(({ shape }) => shape)).toEqual([[2, 4], [3]]);
    expect(program.sampleInputs?.map(numbers)).toEqual(expected.samples);
  });

  test("weights that share memory share a storage", () => {
    const [tied, first, slice] = ["tied", "first.weight", "slice"].map((weight) => location(program, weight));
    expect(tied?.storage).toBe(first?.storage);
    expect(slice).toMatchObject({ shape: [4, 3], strides: [1, 8], storageOffset: 17 });
  });

  test("locates what is plainly stored in the file, and inflates the rest", () => {
    const kind = name.includes("deflated") ? "memory" : "file";
    const storages = program.graph.weights.map((weight) => weight.location.storage);
    expect(storages.map((storage) => storage.kind)).toEqual(storages.map(() => kind));
    for (const storage of storages) {
      if (storage.kind === "file") expect(storage.path).toBe(path.resolve(FOLDER, name));
    }
  });

  test("nodes use the very values of weights, inputs and other nodes", () => {
    const { inputs, weights, nodes } = program.graph;
    const made = new Set([...inputs, ...weights].map(({ value }) => value));
    for (const node of nodes) {
      for (const value of Object.values(node.args).flatMap(valuesIn)) expect(made.has(value)).toBe(true);
      for (const value of node.outputs) if (value) made.add(value);
    }
  });

  test("tells which modules there are and where nodes come from", () => {
    expect(program.modules).toEqual([
      { path: "", type: "Mlp" },
      { path: "first", type: "Linear" },
      { path: "second", type: "Linear" },
    ]);
    const linear = program.graph.nodes.find(({ target }) => target === "aten.linear.default");
    expect(linear?.origin).toEqual({
      modulePath: "first",
      source: expect.stringMatching(/^container_fixtures\.py:\d+$/),
    });
    const size = program.graph.nodes.find(({ target }) => target === "aten.sym_size.int");
    expect(size?.origin).toEqual({ modulePath: "" });
  });
});

test.each([
  [
    "mlp-2.13.pt2",
    { container: "PT2 archive", torchVersion: "2.13.0+cpu", schemaVersion: "8.20", dialect: "TRAINING" },
  ],
  ["mlp-2.8.pt2", { container: "PT2 archive", torchVersion: "2.8.0", schemaVersion: "8.8", dialect: "TRAINING" }],
  ["mlp-2.6.pt2", { container: "flat PT2 zip", torchVersion: "2.6.0", schemaVersion: "8.2", dialect: "TRAINING" }],
  ["mlp-2.4.pt2", { container: "flat PT2 zip", schemaVersion: "5.3", dialect: "ATEN" }],
])("tells the format of %s", (name, format) => {
  expect(loadFile(name).format).toEqual(format);
});

test("the graph is what PyTorch exported", () => {
  expect(printGraph(loadFile("mlp-2.13.pt2").graph)).toMatchInlineSnapshot(`
    "symbol s77 in [1, 512]
    input x: %x: float32[s77, 4]
    input extra_bias: %extra_bias: float32[3]
    parameter tied: %p_tied: float32[6, 4]
    parameter slice: %p_slice: float32[4, 3]
    parameter brief: %p_brief: bfloat16[4]
    parameter first.weight: %p_first_weight: float32[6, 4]
    parameter first.bias: %p_first_bias: float32[6]
    parameter second.weight: %p_second_weight: float32[4, 4]
    parameter second.bias: %p_second_bias: float32[4]
    buffer scale: %b_scale: float32[]
    buffer shift: %b_shift: float32[4]
    constant lifted_tensor_0: %c_lifted_tensor_0: float32[2]
    %sym_size_int_1: int64(s77) = aten.sym_size.int(self=%x, dim=0)
    %linear: float32[s77, 6] = aten.linear.default(input=%x, weight=%p_first_weight, bias=%p_first_bias)  # first
    %relu: float32[s77, 6] = aten.relu.default(self=%linear)
    %matmul: float32[s77, 4] = aten.matmul.default(self=%relu, other=%p_first_weight)
    %linear_1: float32[s77, 4] = aten.linear.default(input=%matmul, weight=%p_second_weight, bias=%p_second_bias)  # second
    %mul: float32[s77, 4] = aten.mul.Tensor(self=%linear_1, other=%b_scale)
    %add: float32[s77, 4] = aten.add.Tensor(self=%mul, other=%b_shift)
    %gt: bool[s77, 4] = aten.gt.Scalar(self=%linear_1, other=0)
    %masked_fill: float32[s77, 4] = aten.masked_fill.Scalar(self=%add, mask=%gt, value=-Infinity)
    %matmul_1: float32[s77, 3] = aten.matmul.default(self=%masked_fill, other=%p_slice)
    %add_1: float32[s77, 3] = aten.add.Tensor(self=%matmul_1, other=%extra_bias)
    %mul_1: int64(2*s77) = _operator.mul(a=%sym_size_int_1, b=2)
    %view: float32[2*s77, 2] = aten.view.default(self=%x, size=[%mul_1, 2])
    %lift_fresh_copy: float32[2] = aten.lift_fresh_copy.default(self=%c_lifted_tensor_0)
    %detach_: float32[2] = aten.detach_.default(self=%lift_fresh_copy)
    %add_2: float32[2*s77, 2] = aten.add.Tensor(self=%view, other=%detach_)
    %to: float32[4] = aten.to.dtype(self=%p_brief, dtype="float32")
    %add_3: float32[s77, 4] = aten.add.Tensor(self=%to, other=%x)
    output logits: %add_1
    output hidden.0: %linear_1
    output hidden.1.0: %add_2
    output cast: %add_3
    "
  `);
});

test("a single layer has a dynamic batch with its range, and one output", () => {
  const { graph } = loadFile("linear-2.13.pt2");
  expect(printGraph(graph)).toMatchInlineSnapshot(`
    "symbol s31 in [1, 512]
    input input: %input: float32[s31, 10]
    parameter weight: %p_weight: float32[1, 10]
    parameter bias: %p_bias: float32[1]
    %linear: float32[s31, 1] = aten.linear.default(input=%input, weight=%p_weight, bias=%p_bias)
    output output: %linear
    "
  `);
});

test("bytes in shared memory are viewed, never copied", () => {
  const file = readFileSync(`${FOLDER}mlp-2.6.pt2`);
  const shared = new Uint8Array(new SharedArrayBuffer(file.length));
  shared.set(file);
  const { storage } = location(loadBytes(shared), "first.weight");
  expect(storage.kind === "memory" && storage.bytes.buffer).toBe(shared.buffer);
});

test("control flow stays in the graph, its branches as subgraphs", () => {
  const { graph } = loadFile("cond.pt2");
  const text = printGraph(graph);
  expect(text).toMatch(/higher_order\.cond\(pred=%\w+, true_fn=\{\}, false_fn=\{\}, operands=\[/);
  expect(text).toMatch(/\n {2}true_fn \{\n {4}input /);
  expect(() => verify(graph, "loading")).not.toThrow();
});
