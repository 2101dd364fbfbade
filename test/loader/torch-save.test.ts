import { expect, test } from "vitest";
import { MemorySource, type PickleValue, ZipArchive } from "../../src/container/index.ts";
import { Malformed, Unsupported } from "../../src/loader/refusal.ts";
import { readTorchSave } from "../../src/loader/torch-save.ts";
import { TorchTensor } from "../../src/loader/torch-values.ts";
import { call, FALSE, global, int, NONE, pickle, sizes, storage, text, tuple } from "./pickle-text.ts";
import { membersOf, zipOf } from "./programs.ts";

const HOOKS = call("collections.OrderedDict");

function read(object: string, bytes: Uint8Array = new Uint8Array(48)): PickleValue {
  const members = { "data.pkl": pickle(object), "data/0": bytes };
  return readTorchSave(new ZipArchive(new MemorySource(zipOf(members), "x.pt")));
}

const FLOATS = storage("torch.FloatStorage", 12);
const PLAIN = [FLOATS, int(1), sizes([2, 3]), sizes([3, 1]), FALSE, HOOKS] as const;
const V2 = "torch._utils._rebuild_tensor_v2";

function locationOf(value: PickleValue): unknown {
  return value instanceof TorchTensor ? value.location : value;
}

test.each<[string, string]>([
  ["_rebuild_tensor_v2", call(V2, ...PLAIN)],
  ["_rebuild_tensor_v2 with metadata", call(V2, ...PLAIN, `}${text("conj")}${FALSE}s`)],
  ["_rebuild_tensor", call("torch._utils._rebuild_tensor", ...PLAIN.slice(0, 4))],
  ["_rebuild_parameter", call("torch._utils._rebuild_parameter", call(V2, ...PLAIN), FALSE, HOOKS)],
  [
    "_rebuild_parameter_with_state",
    call("torch._utils._rebuild_parameter_with_state", call(V2, ...PLAIN), FALSE, HOOKS, "}"),
  ],
  [
    "_rebuild_from_type_v2",
    call(
      "torch._tensor._rebuild_from_type_v2",
      global(V2),
      global("torch.nn.parameter.Parameter"),
      tuple(...PLAIN),
      "}",
    ),
  ],
  [
    "_rebuild_tensor_v3",
    call(
      "torch._utils._rebuild_tensor_v3",
      storage("torch.storage.UntypedStorage", 48),
      ...PLAIN.slice(1),
      global("torch.float32"),
      NONE,
    ),
  ],
])("%s gives the location of a tensor", (_, object) => {
  expect(locationOf(read(object))).toMatchObject({
    dtype: "float32",
    shape: [2, 3],
    strides: [3, 1],
    storageOffset: 1,
  });
});

test("reads the checkpoint that torch.save wrote", () => {
  const archive = new ZipArchive(new MemorySource(zipOf(membersOf("checkpoint.pth")), "checkpoint.pth"));
  const dict = readTorchSave(archive) as ReadonlyMap<string, PickleValue>;
  expect([...dict].map(([name, tensor]) => [name, locationOf(tensor)])).toMatchObject([
    ["weight", { dtype: "float32", shape: [2, 2], strides: [2, 1], storageOffset: 0 }],
    ["bias", { dtype: "float32", shape: [2], strides: [1], storageOffset: 0 }],
  ]);
});

test("tensors over one key share a storage", () => {
  const [a, b] = read(`(${call(V2, ...PLAIN)}${call(V2, ...PLAIN)}l`) as PickleValue[];
  expect(a instanceof TorchTensor && b instanceof TorchTensor && a.location.storage === b.location.storage).toBe(true);
});

test.each<[string, string, RegExp]>([
  [
    "a storage of another size",
    call(V2, storage("torch.FloatStorage", 13), ...PLAIN.slice(1)),
    /is 48 bytes, which is not what its pickle says/,
  ],
  [
    "a storage of another type",
    call(V2, storage("torch.LongStorage", 12), ...PLAIN.slice(1)),
    /is 48 bytes, which is not what its pickle says/,
  ],
  [
    "a view beyond its storage",
    call(V2, FLOATS, int(7), ...PLAIN.slice(2)),
    /reaches element 12 of a storage that holds 12/,
  ],
  ["an id that is no storage", `${tuple(text("module"), NONE)}Q`, /something else than its key/],
  ["an id that is no tuple", `${text("0")}Q`, /something else than its key/],
])("refuses %s", (_, object, problem) => {
  expect(() => read(object)).toThrow(Malformed);
  expect(() => read(object)).toThrow(problem);
});

test.each<[string, string]>([
  ["too few arguments", call(V2, FLOATS)],
  ["sizes that are no tuple", call(V2, FLOATS, int(0), int(3), sizes([1]))],
  ["a size that is text", call(V2, FLOATS, int(0), tuple(text("3")), sizes([1]))],
  ["no storage", call(V2, NONE, int(0), sizes([3]), sizes([1]))],
  ["bytes without a type", call(V2, storage("torch.storage.UntypedStorage", 48), int(0), sizes([3]), sizes([1]))],
  [
    "another function",
    call(
      "torch._tensor._rebuild_from_type_v2",
      global("torch.device"),
      global("torch.Tensor"),
      tuple(text("cpu")),
      "}",
    ),
  ],
])("refuses a tensor of %s", (_, object) => {
  expect(() => read(object)).toThrow(/arguments that it does not take/);
});

test.each<[string, string, RegExp]>([
  ["a conjugated view", call(V2, ...PLAIN, `}${text("conj")}\x88s`), /lazily conjugated/],
  [
    "float8",
    call(
      "torch._utils._rebuild_tensor_v3",
      storage("torch.storage.UntypedStorage", 48),
      ...PLAIN.slice(1),
      global("torch.float8_e5m2"),
      NONE,
    ),
    /the dtype float8_e5m2/,
  ],
])("%s is not supported", (_, object, feature) => {
  expect(() => read(object)).toThrow(Unsupported);
  expect(() => read(object)).toThrow(feature);
});

test.each([
  "torch._utils._rebuild_qtensor",
  "torch._utils._rebuild_sparse_tensor",
  "torch.load",
  "torch.nn.modules.linear.Linear",
])("refuses %s", (name) => {
  expect(() => read(call(name))).toThrow(name);
});
