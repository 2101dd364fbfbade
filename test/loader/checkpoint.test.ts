import { mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { FileSource, MemorySource } from "../../src/container/index.ts";
import { loadCheckpoint } from "../../src/loader/index.ts";
import { expectRefusal } from "../container/expect-refusal.ts";
import { CHECKPOINTS, contentsOf, EXPECTED, loadBytes } from "./checkpoints.ts";

const SINGLE = Object.keys(EXPECTED).filter((name) => !name.endsWith(".json"));

function byName<T>(entries: readonly (readonly [string, T])[]): readonly (readonly [string, T])[] {
  return entries.toSorted(([a], [b]) => (a < b ? -1 : 1));
}

describe.each(Object.keys(EXPECTED))("%s", (name) => {
  test("has the tensors of PyTorch, byte for byte", () => {
    const checkpoint = loadCheckpoint(CHECKPOINTS + name);
    expect(byName(contentsOf(checkpoint))).toEqual(byName(Object.entries(EXPECTED[name] ?? {})));
    const infos = checkpoint.keys().map((key) => checkpoint.info(key));
    expect(infos).toEqual(
      checkpoint.keys().map((key) => ({ dtype: expect.any(String), shape: checkpoint.get(key).shape })),
    );
  });
});

test.each(SINGLE)("%s reads alike from memory and from the caller's file", (name) => {
  const whole = contentsOf(loadCheckpoint(CHECKPOINTS + name));
  expect(contentsOf(loadBytes(readFileSync(CHECKPOINTS + name)))).toEqual(whole);
  const source = new FileSource(CHECKPOINTS + name);
  const checkpoint = loadCheckpoint(source);
  source.close();
  expect(contentsOf(checkpoint)).toEqual(whole);
});

test.each(["training.pth", "training-legacy.pth"])(
  "%s: names are in the order of the file, other things are listed",
  (name) => {
    const checkpoint = loadCheckpoint(CHECKPOINTS + name);
    expect(checkpoint.keys().slice(0, 3)).toEqual(["state_dict.module.weight", "state_dict.module.bias", "views.base"]);
    expect(checkpoint.others).toEqual([
      "list.1.0",
      "optimizer.state.0.step",
      "optimizer.param_groups",
      "epoch",
      "best",
      "args",
      "counts",
      "classes",
    ]);
  },
);

test.each(["training.pth", "training-legacy.pth"])(
  "%s: tensors that share memory share a storage, views are not read",
  (name) => {
    const checkpoint = loadCheckpoint(CHECKPOINTS + name);
    const { storage } = checkpoint.location("views.base");
    expect(checkpoint.location("views.tied").storage).toBe(storage);
    expect(checkpoint.location("views.transposed")).toEqual({
      storage,
      dtype: "float32",
      shape: [2, 4],
      strides: [1, 6],
      storageOffset: 1,
    });
    expect(storage).toMatchObject({ kind: "file", byteLength: 96 });
  },
);

test("an unknown name is refused with a near one", () => {
  const checkpoint = loadCheckpoint(`${CHECKPOINTS}cuda-legacy.pth`);
  expect(checkpoint.has("module.wieght")).toBe(false);
  expectRefusal(
    () => checkpoint.get("module.wieght"),
    "OPTION_INVALID",
    /one of the 2 tensors of .*, such as module\.weight/,
  );
});

test("the part under a key has its names without it", () => {
  const checkpoint = loadCheckpoint(`${CHECKPOINTS}training.pth`);
  const part = checkpoint.within("state_dict.module");
  expect(part.keys()).toEqual(["weight", "bias"]);
  expect(part.get("bias")).toEqual(checkpoint.get("state_dict.module.bias"));
  expect(checkpoint.within("optimizer").others).toEqual(["state.0.step", "param_groups"]);
  expectRefusal(() => checkpoint.within("state_dict.modul"), "OPTION_INVALID", /option key is "state_dict\.modul\."/);
});

test("after close there are no tensors, but those that were read stay", () => {
  const checkpoint = loadCheckpoint(`${CHECKPOINTS}tensor.pth`);
  const tensor = checkpoint.get("");
  checkpoint.close();
  expect(checkpoint.keys()).toEqual([]);
  expectRefusal(() => checkpoint.get(""), "OPTION_INVALID");
  expect([...tensor.data]).toEqual([1, 2]);
});

test.each<[string, RegExp]>([
  ["module.pth", /a whole pickled module \(__main__\.Scale\) .* torch\.save\(model\.state_dict\(\)/],
  ["module-legacy.pth", /a whole pickled module \(__main__\.Scale\) .* torch\.save\(model\.state_dict\(\)/],
  ["quantised.pth", /a tensor over a torch\.QInt8Storage/],
  ["sparse.pth", /a sparse tensor/],
  ["meta.pth", /a meta tensor, which has no data,/],
  ["float8.safetensors", /w, a tensor of the dtype F8_E4M3,/],
])("%s is refused with what to do instead", (name, message) => {
  expectRefusal(() => loadCheckpoint(CHECKPOINTS + name), "MODEL_UNSUPPORTED", message);
});

test("what is no checkpoint is refused", () => {
  const load = (name: string) => () => loadCheckpoint(`test/fixtures/${name}`);
  expectRefusal(
    load("pt2/mlp-2.13.pt2"),
    "MODEL_UNSUPPORTED",
    /a PT2 archive as a checkpoint .*write its weights with/,
  );
  expectRefusal(load("pt2/torchscript.pt"), "MODEL_UNSUPPORTED", /a TorchScript archive as a checkpoint/);
  expectRefusal(load("npy/text.npy"), "FORMAT_UNKNOWN", /a NumPy array .* reads checkpoints that torch\.save/);
  expectRefusal(load("nowhere.pth"), "FILE_UNREADABLE");
});

test("an index finds its shards beside the path that was given, be they links or not", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "torchrelay-shards-"));
  const names = [
    "model.safetensors.index.json",
    "model-00001-of-00002.safetensors",
    "model-00002-of-00002.safetensors",
  ];
  for (const name of names) symlinkSync(path.resolve(CHECKPOINTS, name), path.join(folder, name));
  expect(loadCheckpoint(path.join(folder, names[0] ?? "")).keys()).toHaveLength(4);
  const index = new MemorySource(readFileSync(path.join(folder, names[0] ?? "")), "index.json");
  expectRefusal(() => loadCheckpoint(index), "MODEL_UNSUPPORTED", /an index of shards outside a folder/);
});

test("an index of files that torch.save wrote is read like one of safetensors", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "torchrelay-shards-"));
  symlinkSync(path.resolve(CHECKPOINTS, "cnn.pth"), path.join(folder, "pytorch_model-00001-of-00002.bin"));
  symlinkSync(path.resolve(CHECKPOINTS, "cuda-legacy.pth"), path.join(folder, "pytorch_model-00002-of-00002.bin"));
  const index = path.join(folder, "pytorch_model.bin.index.json");
  const weight_map = {
    "fc.weight": "pytorch_model-00001-of-00002.bin",
    "module.bias": "pytorch_model-00002-of-00002.bin",
  };
  writeFileSync(index, JSON.stringify({ metadata: {}, weight_map }));
  const checkpoint = loadCheckpoint(index);
  expect(checkpoint.keys()).toEqual(["fc.weight", "module.bias"]);
  expect(checkpoint.get("fc.weight")).toEqual(loadCheckpoint(`${CHECKPOINTS}cnn.pth`).get("fc.weight"));
});
