import { readFileSync, realpathSync } from "node:fs";
import { dirname } from "node:path";
import { expect, test } from "vitest";
import { DTYPES, type DType, symbol, Tensor, type TypedArray } from "../../src/core/index.ts";
import { normalize } from "../../src/graph/index.ts";
import { loadCheckpoint } from "../../src/loader/index.ts";
import { lower } from "../../src/lowering/index.ts";
import * as nn from "../../src/nn/index.ts";
import { expectRefusal } from "../container/expect-refusal.ts";
import { CHECKPOINTS } from "../loader/checkpoints.ts";
import { floatsOf, runModel } from "../lowering/run-model.ts";
import { bytesOf, type Packed } from "./packed.ts";

/** The network of conformance/generate/checkpoint_fixtures.py. */
class Cnn extends nn.Module {
  conv1 = new nn.Conv2d(1, 4, 3, { padding: 1, bias: false });
  bn1 = new nn.BatchNorm2d(4);
  conv2 = new nn.Conv2d(4, 8, 3, { stride: 2 });
  bn2 = new nn.BatchNorm2d(8);
  relu = new nn.ReLU();
  pool = new nn.AdaptiveAvgPool2d(1);
  flatten = new nn.Flatten();
  fc = new nn.Linear(8, 5);

  forward(x: nn.SymbolicTensor): nn.SymbolicTensor {
    const first = this.relu.forward(this.bn1.forward(this.conv1.forward(x)));
    const second = this.relu.forward(this.bn2.forward(this.conv2.forward(first)));
    return this.fc.forward(this.flatten.forward(this.pool.forward(second)));
  }
}

const golden: { readonly input: Packed; readonly output: Packed } = JSON.parse(
  readFileSync(`${CHECKPOINTS}cnn.json`, "utf8"),
);

/** Those that PyTorch misses in a state dict without a version. */
const NAMES = Object.keys(new Cnn().stateDict()).filter((name) => !name.endsWith("num_batches_tracked"));

function predict(model: nn.Module): readonly number[] {
  const { graph } = nn.trace(model.eval(), [{ name: "x", dtype: "float32", shape: [symbol("rows"), 1, 9, 7] }]);
  const input = { dtype: "float32", shape: golden.input.shape, bytes: bytesOf(golden.input) } as const;
  return runModel(lower(normalize(graph)), input).flatMap(floatsOf);
}

test("a network in TypeScript with the checkpoint of one in PyTorch gives its numbers", () => {
  const model = new Cnn();
  const report = model.loadStateDict(loadCheckpoint(`${CHECKPOINTS}cnn.pth`));
  expect(report).toEqual({ missingKeys: [], unexpectedKeys: [] });
  const wanted = new Float32Array(bytesOf(golden.output).buffer);
  const given = predict(model);
  expect(given).toHaveLength(wanted.length);
  for (const [i, value] of wanted.entries()) {
    expect(Math.abs((given[i] ?? Number.NaN) - value)).toBeLessThan(1e-5 + 1e-4 * Math.abs(value));
  }
});

test("the state dict inside a training checkpoint is one, too, and may lack the counters of batch norm", () => {
  const whole = loadCheckpoint(`${CHECKPOINTS}cnn-training.pth`).within("state_dict");
  const names = whole.keys().filter((name) => !name.endsWith("num_batches_tracked"));
  const [given, wanted] = [new Cnn(), new Cnn()];
  const report = given.loadStateDict(new Map(names.map((name) => [name, whole.get(name)])));
  expect([names.length, report]).toEqual([13, { missingKeys: [], unexpectedKeys: [] }]);
  wanted.loadStateDict(loadCheckpoint(`${CHECKPOINTS}cnn.pth`));
  expect(predict(given)).toEqual(predict(wanted));
});

test("a checkpoint of other names is refused with all of them, or loaded as far as it fits", () => {
  const checkpoint = loadCheckpoint(`${CHECKPOINTS}cnn-training.pth`);
  const error = expectRefusal(
    () => new Cnn().loadStateDict(checkpoint),
    "STATE_DICT_MISMATCH",
    /Missing key\(s\) in state_dict: "conv1\.weight"/,
  );
  expect(error.details).toMatchObject({ unexpectedKeys: checkpoint.keys() });
  const report = new Cnn().loadStateDict(checkpoint, { strict: false });
  expect(report).toEqual({ missingKeys: NAMES, unexpectedKeys: checkpoint.keys() });
});

test("weights stay in the file: the model's initializers point into it, and nothing is read", () => {
  const path = realpathSync(`${CHECKPOINTS}cnn.pth`);
  const model = new Cnn().eval();
  model.loadStateDict(path);
  const { graph } = nn.trace(model, [{ name: "x", dtype: "float32", shape: [symbol("rows"), 1, 9, 7] }]);
  const kinds = new Set(graph.weights.map(({ location: { storage } }) => storage.kind));
  expect([...kinds]).toEqual(["file"]);
  const { onnx, externalFolder } = lower(normalize(graph));
  expect(externalFolder).toBe(dirname(path));
  const { weight } = model.conv2;
  const { storage } = weight.location;
  if (storage.kind !== "file") throw new Error("the weight is not in the file");
  expect(Buffer.from(onnx).includes(Buffer.from(String(storage.offset)))).toBe(true);
  expect(Buffer.from(onnx).includes(Buffer.from(weight.data.bytes))).toBe(false);
  expect(weight.location.storage.kind).toBe("memory");
});

test("names are mapped, and two of one name refused", () => {
  const model = new Cnn();
  const checkpoint = loadCheckpoint(`${CHECKPOINTS}cnn-training.pth`);
  const rename = (key: string): string | null => (key.startsWith("state_dict.") ? key.slice(11) : null);
  expect(model.loadStateDict(checkpoint, { rename })).toEqual({ missingKeys: [], unexpectedKeys: [] });
  expectRefusal(
    () => model.loadStateDict(checkpoint, { rename: () => "conv1.weight" }),
    "OPTION_INVALID",
    /one that makes conv1\.weight of both/,
  );
});

test("tensors of one element fill those without axes, as PyTorch before 0.4 saved them", () => {
  class Scaled extends nn.Module {
    scale = new nn.Parameter(new Tensor("float32", Float32Array.of(1), []));
    forward(x: nn.SymbolicTensor): nn.SymbolicTensor {
      return x.mul(this.scale);
    }
  }
  const model = new Scaled();
  model.loadStateDict({ scale: new Tensor("float32", Float32Array.of(3), [1]) });
  expect([...(model.scale.data.data as Float32Array)]).toEqual([3]);
  expect(model.scale.shape).toEqual([]);
});

test.for<readonly [DType, TypedArray]>([
  ["float64", Float64Array.of(0.1, -2)],
  ["float16", Uint16Array.of(0x2e66, 0xc000)],
  ["bfloat16", Uint16Array.of(0x3dcd, 0xc000)],
  ["int8", Int8Array.of(0, -2)],
  ["int32", Int32Array.of(0, -2)],
  ["bool", Uint8Array.of(0, 1)],
])("%s is converted when asked, and refused else", ([dtype, data]) => {
  const bias = new Tensor(dtype, data as never, [2]);
  const model = new nn.Linear(3, 2);
  const state = { weight: model.weight.data, bias };
  expectRefusal(() => model.loadStateDict(state), "STATE_DICT_MISMATCH", /convert: true converts it/);
  model.loadStateDict(state, { convert: true });
  const [first, second] = (model.bias as nn.Parameter).data.data as Float32Array;
  expect(first).toBeCloseTo(dtype.includes("float") ? 0.1 : 0, 3);
  expect(second).toBe(dtype === "bool" ? 1 : -2);
});

test.each<DType>(["int64", "uint64", "complex64"])("%s is no float that could be converted", (dtype) => {
  const model = new nn.Linear(1, 1);
  const { array, lanes } = DTYPES[dtype];
  const state = { weight: model.weight.data, bias: new Tensor(dtype, new array(lanes) as never, [1]) };
  const expected = new RegExp(`dtype mismatch for bias: ${dtype} in the state dict, float32 in the current model`);
  expectRefusal(() => model.loadStateDict(state, { convert: true }), "STATE_DICT_MISMATCH", expected);
});
