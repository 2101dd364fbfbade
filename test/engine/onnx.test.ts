import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { load, Tensor } from "../../dist/index.js";

const FOLDER = "test/fixtures/onnx/";

interface Packed {
  readonly shape: readonly number[];
  readonly base64: string;
}

/** What PyTorch computed. */
const golden: { readonly input: Packed; readonly output: Packed } = JSON.parse(
  readFileSync(`${FOLDER}cnn.json`, "utf8"),
);

function floats({ shape, base64 }: Packed): Tensor<"float32"> {
  return new Tensor("float32", new Float32Array(new Uint8Array(Buffer.from(base64, "base64")).buffer), shape);
}

test.each(["cnn.onnx", "cnn-external.onnx"])("%s gives PyTorch's numbers", async (name) => {
  await using model = await load(FOLDER + name);
  const results = await Promise.all([1, 2, 3].map(() => model.infer({ x: floats(golden.input) })));
  for (const { y } of results) {
    expect(y?.shape).toEqual(golden.output.shape);
    for (const [i, value] of floats(golden.output).data.entries()) expect(y?.data[i]).toBeCloseTo(value, 5);
  }
});

test("an ONNX model in memory runs, unless its weights lie in other files", async () => {
  await using model = await load(readFileSync(`${FOLDER}cnn.onnx`));
  expect((await model.infer([floats(golden.input)]))["y"]?.shape).toEqual(golden.output.shape);
  await expect(load(readFileSync(`${FOLDER}cnn-external.onnx`))).rejects.toMatchObject({ code: "MODEL_UNSUPPORTED" });
});

function changed(from: string, to: string): Uint8Array {
  const bytes = readFileSync(`${FOLDER}cnn.onnx`);
  const at = bytes.indexOf(from);
  bytes.write(to, at, "latin1");
  return bytes;
}

test.each([
  ["names what no node gives", changed("/1/Relu_output_0", "/1/Relu_output_9"), "FILE_CORRUPT", /not a graph input/],
  ["has an operator that is not known", changed("\x04Relu", "\x04Rolu"), "FILE_CORRUPT", /Rolu/],
])("a model that %s is the file's fault", async (_, bytes, code, message) => {
  await expect(load(bytes)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
});

test("weights that are shorter than their tensors are the file's fault", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "torchrelay-onnx-"));
  const model = readFileSync(`${FOLDER}cnn-external.onnx`);
  writeFileSync(path.join(folder, "cnn-external.onnx"), model);
  writeFileSync(path.join(folder, "cnn.weights"), readFileSync(`${FOLDER}cnn.weights`).subarray(0, 100));
  const file = path.join(folder, "cnn-external.onnx");
  await expect(load(file)).rejects.toMatchObject({
    code: "FILE_CORRUPT",
    message: expect.stringMatching(/beyond the 100 bytes/),
  });
  rmSync(folder, { recursive: true });
});
