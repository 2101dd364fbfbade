import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { symbol } from "../../src/core/index.ts";
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
    /missing: conv1\.weight/,
  );
  expect(error.details).toMatchObject({ unexpectedKeys: checkpoint.keys() });
  const report = new Cnn().loadStateDict(checkpoint, { strict: false });
  expect(report).toEqual({ missingKeys: NAMES, unexpectedKeys: checkpoint.keys() });
});
