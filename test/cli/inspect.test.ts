import path from "node:path";
import { expect, test } from "vitest";
import { DIGITS, fixture, pt2, ROOT, torchrelay } from "./torchrelay.ts";

test("--json tells all about a model that runs", async () => {
  const { code, stdout, stderr } = await torchrelay("inspect", DIGITS, "--json");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const { inputs, outputs, symbols, modules, operators, weights, ...facts } = JSON.parse(stdout);
  const [batch] = Object.keys(symbols);
  expect(facts).toMatchObject({
    format: { container: "PT2 archive", torchVersion: "2.13.0+cpu", schemaVersion: "8.20" },
    runs: true,
    batchSymbol: batch,
    sampleInputs: true,
  });
  expect(inputs).toEqual([{ name: "x", dtype: "float32", shape: [batch, 1, 28, 28] }]);
  expect(outputs).toEqual([{ name: "logits", dtype: "float32", shape: [batch, 10] }]);
  expect(symbols).toEqual({ [batch as string]: { min: 1, max: 1024 } });
  expect(operators).toContainEqual({ target: "aten.conv2d.default", count: 3, supported: true, refusals: [] });
  // sum(p.numel() for p in DigitNet().parameters())
  expect(weights).toContainEqual({
    kind: "parameter",
    dtype: "float32",
    tensors: 16,
    elements: 224_938,
    bytes: 899_752,
  });
  expect(modules[0]).toEqual({ path: "", type: "DigitNet", parameters: 224_938 });
  expect(modules).toContainEqual({ path: "classifier.4", type: "Linear", parameters: 650 });
});

test("a model with unsupported operators is told with all reasons, and is no failure", async () => {
  const { code, stdout, stderr } = await torchrelay("inspect", fixture("exotic.pt2"));
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatch(/^runs here +no: 2 operators cannot run, see below$/m);
  expect(stdout).toMatch(/^aten\.linear\.default +1 +yes$/m);
  expect(stdout).toMatch(/^aten\.igamma\.default +1 +no$/m);
  const reason =
    /^aten\.linalg_eigh\.default\n {2}1 call: no such operator is supported, first in head at make_fixtures\.py:\d+/m;
  expect(stdout).toMatch(reason);
  expect(stdout).toMatch(/^sample inputs +none$/m);
});

test("complex inputs and outputs are shown as the pairs that they are here", async () => {
  const { stdout } = await torchrelay("inspect", fixture("turned.pt2"), "--json");
  const { inputs, outputs, batchSymbol } = JSON.parse(stdout);
  expect(inputs).toEqual([{ name: "z", dtype: "float32", shape: [batchSymbol, 2, 2] }]);
  expect(outputs[0]).toEqual({ name: "turned", dtype: "float32", shape: [batchSymbol, 2, 2] });
});

test("16-bit floats are said to be computed in float32", async () => {
  const { stdout } = await torchrelay("inspect", fixture("mixed.pt2"));
  expect(stdout).toMatch(/^bfloat16 +computed in float32, and rounded after every operator$/m);
  const { stdout: json } = await torchrelay("inspect", fixture("mixed.pt2"), "--json");
  expect(JSON.parse(json).computedInFloat32).toEqual(["float16", "bfloat16"]);
});

test("--json of such a model has the refusals as data", async () => {
  const { stdout } = await torchrelay("inspect", fixture("exotic.pt2"), "--json");
  const { runs, problem, operators } = JSON.parse(stdout);
  expect({ runs, code: problem.code }).toEqual({ runs: false, code: "OPERATORS_UNSUPPORTED" });
  const refused = operators.filter(({ supported }: { supported: boolean }) => !supported);
  expect(refused).toMatchObject([
    { target: "aten.igamma.default", count: 1, refusals: [{ modulePath: "head" }] },
    { target: "aten.linalg_eigh.default", count: 1 },
  ]);
});

test("the operators in the branches of a model count too", async () => {
  const { stdout } = await torchrelay("inspect", pt2("cond.pt2"), "--json");
  const { runs, operators } = JSON.parse(stdout);
  expect(runs).toBe(true);
  expect(operators.map(({ target, count }: { target: string; count: number }) => `${target} ${count}`)).toEqual([
    "aten.add.Tensor 1",
    "aten.gt.Scalar 1",
    "aten.sub.Tensor 1",
    "aten.sum.default 1",
    "higher_order.cond 1",
  ]);
});

test("--diagram and --graph print only what was asked for", async () => {
  const diagram = await torchrelay("inspect", DIGITS, "--diagram");
  expect(diagram.stdout).toContain('  DigitNet *-- "3" Conv2d : features.0,3,7\n');
  expect(diagram.stdout.startsWith("classDiagram\n  class DigitNet {\n    +Conv2d[3] features.0,3,7\n")).toBe(true);
  const graph = await torchrelay("inspect", pt2("linear-2.13.pt2"), "--graph");
  expect(graph.stdout).toMatch(
    /^symbol (s\d+) in \[1, 512\]\ninput input: %input: float32\[\1, 10\]\nparameter weight: /,
  );
  expect(graph.stdout).toMatch(/\noutput output: %linear\n$/);
});

function checkpoint(name: string): string {
  return path.join(ROOT, "test/fixtures/checkpoints", name);
}

test("a checkpoint's tensors are listed, with what else it holds and what to do to run it", async () => {
  const { code, stdout, stderr } = await torchrelay("inspect", checkpoint("cnn-training.pth"));
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatch(/^format +checkpoint that torch\.save wrote, 15 tensors$/m);
  expect(stdout).toMatch(/^runs here +no: it holds weights and no graph: .*torch\.export\.save/m);
  expect(stdout).toMatch(/^besides tensors +nothing$/m);
  expect(stdout).toMatch(/^int64 +2 +2 +16 B$/m);
  expect(stdout).toMatch(/^state_dict\.conv2\.weight +float32 +\[8, 4, 3, 3\] +1\.1 KiB$/m);
});

test("--json of a checkpoint has its tensors as data; those that are tied count once in the totals", async () => {
  const { stdout } = await torchrelay("inspect", checkpoint("training-legacy.pth"), "--json");
  const { runs, format, others, tensors, weights } = JSON.parse(stdout);
  expect({ runs, format }).toEqual({
    runs: false,
    format: { container: "checkpoint that torch.save wrote before torch 1.6" },
  });
  expect(others).toContain("epoch");
  expect(tensors).toContainEqual({ name: "views.tied", dtype: "float32", shape: [4, 6], bytes: 96 });
  expect(weights).toContainEqual({ dtype: "bool", tensors: 1, elements: 6, bytes: 6 });
  const floats = tensors.filter(({ dtype }: { dtype: string }) => dtype === "float32");
  expect(weights.find(({ dtype }: { dtype: string }) => dtype === "float32").tensors).toBe(floats.length - 1);
});

test("an index lists the tensors of all shards", async () => {
  const { stdout } = await torchrelay("inspect", checkpoint("model.safetensors.index.json"));
  expect(stdout).toMatch(/^format +index of a sharded checkpoint, 4 tensors$/m);
});

test("a safetensors file lists its tensors", async () => {
  const { stdout } = await torchrelay("inspect", checkpoint("flat.safetensors"), "--json");
  const { format, tensors, weights } = JSON.parse(stdout);
  expect(format).toEqual({ container: "safetensors file" });
  expect(tensors.length).toBe(weights.reduce((sum: number, group: { tensors: number }) => sum + group.tensors, 0));
});

test.each(["module.pth", "module-legacy.pth"])(
  "%s, a whole pickled module, is refused with what to do",
  async (name) => {
    const { code, stderr } = await torchrelay("inspect", checkpoint(name));
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /MODEL_UNSUPPORTED: .* a whole pickled module \(__main__\.Scale\) .* torch\.save\(model\.state_dict\(\)/,
    );
  },
);

test.each(["--graph", "--diagram"])("%s of a checkpoint is refused, for it has no graph", async (option) => {
  const { code, stderr } = await torchrelay("inspect", checkpoint("cnn.pth"), option);
  expect(code).toBe(1);
  expect(stderr).toMatch(/MODEL_UNSUPPORTED: cnn\.pth: a checkpoint .* it holds weights and no graph/);
});

test("an ONNX model: what it takes and gives", async () => {
  const { code, stdout } = await torchrelay("inspect", "test/fixtures/onnx/cnn.onnx");
  expect(code).toBe(0);
  expect(stdout).toMatch(/^format +ONNX model, opset \d+$/m);
  expect(stdout).toMatch(/^x +float32 +\[batch, 1, 5, 5\] with batch ≥ 0$/m);
  const { stdout: json } = await torchrelay("inspect", "test/fixtures/onnx/cnn.onnx", "--json");
  expect(JSON.parse(json)).toMatchObject({ outputs: [{ name: "y", dtype: "float32", shape: ["batch", 4] }] });
});
