import { readFileSync } from "node:fs";
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
