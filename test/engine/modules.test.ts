import { expect, test } from "vitest";
import { concurrentInference, infer, loadModule, nn, RelayError, Tensor } from "../../dist/index.js";

function floats(shape: readonly number[]): Tensor<"float32"> {
  const count = shape.reduce((product, size) => product * size, 1);
  return new Tensor(
    "float32",
    Float32Array.from({ length: count }, (_, i) => i - 3),
    shape,
  );
}

class Sums extends nn.Module {
  override forward(x: nn.SymbolicTensor, y: nn.SymbolicTensor): Readonly<Record<string, nn.SymbolicTensor>> {
    return { sum: x.sum(-1), both: x.add(y) };
  }
}

test("inputs told in words have their own names, and any size that has a name", async () => {
  await using model = await loadModule(new Sums(), ["x:float32[batch,length]", "y:float32[batch,length]"]);
  expect(model.inputs.map(({ name }) => name)).toEqual(["x", "y"]);
  for (const [rows, length] of [
    [1, 2],
    [3, 5],
  ] as const) {
    const { sum, both } = await model.infer({ x: floats([rows, length]), y: floats([rows, length]) });
    expect([sum?.shape, both?.shape]).toEqual([[rows], [rows, length]]);
    expect([...(both?.data ?? [])]).toEqual([...floats([rows, length]).data].map((value) => 2 * value));
  }
  const mixed = { x: floats([1, 2]), y: floats([1, 3]) };
  await expect(model.infer(mixed)).rejects.toMatchObject({ code: "INPUT_SHAPE" });
});

test("examples have an open first axis, where they agree on it", async () => {
  await using model = await loadModule(new Sums(), [floats([2, 3]), floats([2, 3])]);
  expect(model.inputs.map(({ name, shape }) => [name, shape[1]])).toEqual([
    ["input_0", 3],
    ["input_1", 3],
  ]);
  const { sum } = await model.infer([floats([4, 3]), floats([4, 3])]);
  expect(sum?.shape).toEqual([4]);
});

test("words that say nothing are refused", async () => {
  const error = await loadModule(new nn.ReLU(), ["x:float33[batch]"]).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(RelayError);
  expect(error).toMatchObject({ code: "OPTION_INVALID", details: { given: "x:float33[batch]" } });
});

test("one result, or many at once, in the order of the inputs", async () => {
  expect([...(await infer(new nn.ReLU(), floats([5]))).data]).toEqual([0, 0, 0, 0, 1]);
  const inputs = [1, 2, 3].map((width) => floats([width, 4]));
  const results = await concurrentInference(new nn.ReLU(), inputs, { maxWorkers: 2 });
  expect(results.map(({ shape }) => shape)).toEqual(inputs.map(({ shape }) => shape));
  await expect(infer(new Sums(), floats([2, 3]), floats([2, 3]))).rejects.toMatchObject({ code: "MODEL_UNSUPPORTED" });
});
