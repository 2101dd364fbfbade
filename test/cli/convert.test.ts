import { copyFileSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { operatorCases } from "../../conformance/cases.ts";
import { difference } from "../../conformance/compare.ts";
import { type Inputs, load, type Outputs, Tensor } from "../../dist/index.js";
import { decodeModel } from "../lowering/onnx-model.ts";
import { DIGITS, fixture, pt2, ROOT, scratch, torchrelay } from "./torchrelay.ts";

function floats(...shape: readonly number[]): Tensor {
  const length = shape.reduce((count, size) => count * size);
  return new Tensor(
    "float32",
    Float32Array.from({ length }, (_, i) => Math.sin(i)),
    shape,
  );
}

function ids(below: number): Tensor {
  return new Tensor(
    "int64",
    BigInt64Array.from({ length: 14 }, (_, i) => BigInt((i * 5) % below)),
    [2, 7],
  );
}

function conformance(name: string): string {
  return path.join(ROOT, "conformance/data/models", name);
}

const MODELS: readonly (readonly [file: string, inputs: Inputs])[] = [
  [DIGITS, { x: floats(3, 1, 28, 28) }],
  [conformance("vit.pt2"), { x: floats(2, 3, 16, 16) }],
  [conformance("bert.pt2"), { input_ids: ids(11), attention_mask: ids(2), token_type_ids: ids(2) }],
  [pt2("mlp-2.13-deflated.pt2"), { x: floats(5, 4), extra_bias: floats(3) }],
];

async function outputsOf(file: string, inputs: Inputs): Promise<Outputs> {
  await using model = await load(file, { workers: 1 });
  return await model.infer(inputs);
}

const NEARLY_EQUAL = { relative: 0, absolute: 1e-6 };

function expectSame(given: Outputs, wanted: Outputs): void {
  expect(Object.keys(given)).toEqual(Object.keys(wanted));
  for (const [name, tensor] of Object.entries(wanted)) {
    expect(difference(given[name] as Tensor, tensor, NEARLY_EQUAL)).toBeUndefined();
  }
}

/** Converts a copy of the model, which is gone afterwards, and moves what was written to a folder of its own. */
async function convertAlone(model: string, ...options: readonly string[]): Promise<string> {
  const [from, to] = [scratch(), scratch()];
  const copy = path.join(from, "copy.pt2");
  copyFileSync(model, copy);
  const { code, stderr } = await torchrelay("convert", copy, "-o", path.join(from, "out.onnx"), ...options);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  rmSync(copy);
  for (const file of readdirSync(from)) renameSync(path.join(from, file), path.join(to, file));
  return to;
}

test.each(MODELS)("%s gives the same outputs as an ONNX file that stands alone", async (file, inputs) => {
  const folder = await convertAlone(file);
  expect(readdirSync(folder)).toEqual(["out.onnx"]);
  expectSame(await outputsOf(path.join(folder, "out.onnx"), inputs), await outputsOf(file, inputs));
});

test.each(MODELS)("%s gives the same outputs with its weights beside it", async (file, inputs) => {
  const folder = await convertAlone(file, "--external-data");
  expect(readdirSync(folder).sort()).toEqual(["out.onnx", "out.onnx.data"]);
  expectSame(await outputsOf(path.join(folder, "out.onnx"), inputs), await outputsOf(file, inputs));
});

test("branches and loops are converted with the weights that they use", async () => {
  const model = path.join(scratch(), "branches.pt2");
  const wanted = operatorCases()
    .get("control_flow")
    ?.find(({ name }) => name.endsWith("symbolic.cond.weights"));
  const source = wanted?.source() ?? expect.fail("there is a program with weights in branches");
  writeFileSync(model, source.read(0, source.size));
  const folder = await convertAlone(model);
  for (const sign of [1, -1]) {
    const inputs = { tensors_0: new Tensor("float32", new Float32Array(12).fill(sign), [3, 4]) };
    expectSame(await outputsOf(path.join(folder, "out.onnx"), inputs), await outputsOf(model, inputs));
  }
});

test("inputs, outputs and free sizes keep their names; the command says what it wrote", async () => {
  const folder = scratch();
  const output = path.join(folder, "digits.onnx");
  const result = await torchrelay("convert", DIGITS, "--opset", "20", "--output", output);
  expect(result).toEqual({ code: 0, stdout: `wrote ${output}\n`, stderr: "" });
  const { inputs, outputs } = decodeModel(readFileSync(output));
  const { symbols } = JSON.parse((await torchrelay("inspect", DIGITS, "--json")).stdout);
  const [batch] = Object.keys(symbols);
  expect({ inputs, outputs }).toEqual({ inputs: [`x: [${batch}, 1, 28, 28]`], outputs: [`logits: [${batch}, 10]`] });
});

const REFUSED = [
  ["OPERATORS_UNSUPPORTED: exotic.pt2 cannot run:\n", fixture("exotic.pt2")],
  ["MODEL_UNSUPPORTED: torchscript.pt: a TorchScript archive", pt2("torchscript.pt")],
  ["MODEL_UNSUPPORTED: weights.safetensors: a safetensors file", pt2("weights.safetensors")],
  ["FILE_UNREADABLE: cannot read missing.pt2", "missing.pt2"],
] as const;

test.each(REFUSED)("%j leaves no file, and one that was there as it was", async (message, model) => {
  const folder = scratch();
  writeFileSync(path.join(folder, "before.onnx"), "before");
  for (const name of ["new.onnx", "before.onnx"]) {
    const { code, stdout, stderr } = await torchrelay("convert", model, "-o", path.join(folder, name));
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr.slice(0, message.length + 7)).toBe(`error: ${message}`);
  }
  expect(readdirSync(folder)).toEqual(["before.onnx"]);
  expect(readFileSync(path.join(folder, "before.onnx"), "utf8")).toBe("before");
});

test("an ONNX model needs no conversion", async () => {
  const output = path.join(await convertAlone(DIGITS), "out.onnx");
  const { code, stderr } = await torchrelay("convert", output, "-o", `${output}.onnx`);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^error: MODEL_UNSUPPORTED: out\.onnx: the conversion of an ONNX model is not supported/);
});

test("what cannot be written leaves nothing of what could", async () => {
  const folder = scratch();
  const output = path.join(folder, "out.onnx");
  mkdirSync(`${output}.data`);
  const { code, stderr } = await torchrelay("convert", DIGITS, "-o", output, "--external-data");
  expect(code).toBe(1);
  expect(stderr).toMatch(/^error: FILE_UNWRITABLE: cannot write .*out\.onnx\.data: it is a folder or a device/);
  expect(readdirSync(folder)).toEqual(["out.onnx.data"]);
});

const WRONG: readonly (readonly [args: readonly string[], code: number, message: RegExp])[] = [
  [[], 2, /^error: required option '-o, --output <OUT.onnx>' not specified\n$/],
  [["-o", "out.pb"], 2, /argument 'out.pb' is invalid. Its name must end in .onnx.\n$/],
  [["-o", "out.onnx", "--opset", "16"], 2, /argument '16' is invalid. Allowed choices are 17, 18, 19, 20, 21, 22.\n$/],
  [["-o", "/missing/out.onnx"], 1, /^error: FILE_UNWRITABLE: cannot write .* there is no such folder\n$/],
  [["-o", "/proc/out.onnx"], 1, /^error: FILE_UNWRITABLE: cannot write \/proc\/out.onnx: /],
];

test.each(WRONG)("convert with %j fails", async (args, code, message) => {
  const result = await torchrelay("convert", DIGITS, ...args);
  expect(result).toMatchObject({ code, stdout: "" });
  expect(result.stderr).toMatch(message);
});
