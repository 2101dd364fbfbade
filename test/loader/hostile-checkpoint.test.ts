import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ErrorCode, LIMITS, RelayError } from "../../src/core/index.ts";
import { type Checkpoint, loadCheckpoint } from "../../src/loader/index.ts";
import { expectRefusal } from "../container/expect-refusal.ts";
import { CHECKPOINTS, loadBytes } from "./checkpoints.ts";
import * as p from "./pickle-text.ts";
import { zipOf } from "./programs.ts";

/** The checkpoint with all its tensors read, or undefined for a RelayError; any other error is the test's failure. */
function loadOrRefuse(bytes: Uint8Array): Checkpoint | undefined {
  try {
    const checkpoint = loadBytes(bytes);
    for (const name of checkpoint.keys()) checkpoint.get(name);
    return checkpoint;
  } catch (error) {
    if (error instanceof RelayError) return undefined;
    throw error;
  }
}

describe.each(["training.pth", "training-legacy.pth", "flat.safetensors", "module-legacy.pth"])("%s", (name) => {
  const whole = readFileSync(CHECKPOINTS + name);

  test("cut short anywhere it is refused", () => {
    const lengths = [...Array.from({ length: 60 }, (_, i) => Math.floor((whole.length * i) / 60)), whole.length - 1];
    for (const length of lengths) expect(loadOrRefuse(whole.subarray(0, length))).toBeUndefined();
  });

  test("with bytes changed it loads or is refused", () => {
    const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
        const bytes = Uint8Array.from(whole);
        for (const [at, value] of changes) bytes[at] = value;
        loadOrRefuse(bytes);
      }),
      { numRuns: 300 },
    );
  });
});

const FLOATS = 12;

function zipped(object: string): Uint8Array {
  return zipOf({ "data.pkl": p.pickle(object), "data/0": new Uint8Array(FLOATS * 4) });
}

interface Legacy {
  readonly magic?: string;
  readonly protocol?: string;
  readonly system?: string;
  readonly keys?: string;
  readonly counts?: readonly number[];
  readonly data?: number;
}

/** A file from before torch 1.6 with one storage of floats, called "0". */
function legacy(object: string, parts: Legacy = {}): Uint8Array {
  const { keys = p.list(p.text("0")), counts = [FLOATS], data = FLOATS } = parts;
  const { magic = "\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", protocol = p.int(1001) } = parts;
  const { system = p.dict(p.text("little_endian"), p.TRUE) } = parts;
  const head = Buffer.concat([magic, protocol, system, object, keys].map(p.pickle));
  const storages = counts.map((count) =>
    Buffer.concat([new BigUint64Array([BigInt(count)]), floats(data)].map(bytesOf)),
  );
  return Buffer.concat([head, ...storages]);
}

function floats(count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => i);
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

const PLAIN = p.tensor(p.storage("torch.FloatStorage", FLOATS), 0, [3], [2]);
const oldStorage = (count: number, view: string, key = "0") => p.storage("torch.FloatStorage", count, key, view);
const WHOLE = p.tensor(oldStorage(FLOATS, p.NONE), 0, [3], [2]);

test("what the hostile files below are made of loads", () => {
  expect([...loadBytes(zipped(PLAIN)).get("").data]).toEqual([0, 0, 0]);
  expect([...loadBytes(legacy(WHOLE)).get("").data]).toEqual([0, 2, 4]);
});

test("a view of a storage, as torch before 0.4 made them, lies where it should", () => {
  const view = p.tuple(p.text("v"), p.int(4), p.int(3));
  const checkpoint = loadBytes(legacy(p.dict(p.text("view"), p.tensor(oldStorage(FLOATS, view), 1, [2], [1]))));
  expect([...checkpoint.get("view").data]).toEqual([5, 6]);
});

test("a pickle longer than what is read at first is read again", () => {
  const bytes = legacy(p.dict(p.text("notes"), p.longText("x".repeat(3 << 20)), p.text("w"), WHOLE));
  const checkpoint = loadBytes(bytes);
  expect([checkpoint.others, [...checkpoint.get("w").data]]).toEqual([["notes"], [0, 2, 4]]);
});

const keyed = (keys: readonly string[]) => p.list(...keys.map(p.text));
const viewed = (offset: number, count: number) =>
  p.tensor(oldStorage(FLOATS, p.tuple(p.text("v"), p.int(offset), p.int(count))), 0, [1], [1]);

test.each<[string, Uint8Array, ErrorCode, RegExp]>([
  ["of another protocol", legacy(WHOLE, { protocol: p.int(1002) }), "FILE_CORRUPT", /not of the protocol 1001/],
  ["of no system", legacy(WHOLE, { system: p.NONE }), "FILE_CORRUPT", /what system wrote it/],
  ["of a big-endian system", legacy(WHOLE, { system: p.dict() }), "MODEL_UNSUPPORTED", /byte order/],
  ["without a list of storages", legacy(WHOLE, { keys: p.NONE }), "FILE_CORRUPT", /no list of storages/],
  ["with a storage that no tensor has", legacy(WHOLE, { keys: keyed(["0", "1"]) }), "FILE_CORRUPT", /list of storages/],
  ["with a storage listed twice", legacy(WHOLE, { keys: keyed(["0", "0"]) }), "FILE_CORRUPT", /list of storages/],
  ["with a storage that is not listed", legacy(WHOLE, { keys: keyed([]) }), "FILE_CORRUPT", /storage 0 is missing/],
  ["with a storage of two sizes", legacy(WHOLE, { counts: [11] }), "FILE_CORRUPT", /two sizes/],
  ["with a storage of a lying size", legacy(WHOLE, { data: 11 }), "FILE_CORRUPT", /there are only/],
  [
    "with a storage named as two sizes",
    legacy(p.list(WHOLE, p.tensor(oldStorage(7, p.NONE), 0, [1], [1]))),
    "FILE_CORRUPT",
    /two sizes/,
  ],
  ["with a view beyond its storage", legacy(viewed(10, 3)), "FILE_CORRUPT", /a view reaches beyond/],
  [
    "with a tensor beyond its view",
    legacy(viewed(10, 0)),
    "FILE_CORRUPT",
    /reaches element 0 of a storage that holds 0/,
  ],
  [
    "with a huge storage",
    legacy(p.tensor(oldStorage(65_535, p.NONE), 0, [1], [1]), { counts: [65_535] }),
    "FILE_CORRUPT",
    /there are only/,
  ],
  [
    "that calls a function",
    legacy(p.call("os.system", p.text("touch hacked"))),
    "PICKLE_REFUSED",
    /asks for os\.system/,
  ],
])("a legacy file %s is refused", (_, bytes, code, message) => {
  expectRefusal(() => loadBytes(bytes), code, message);
});

const selfHolding = `]q\x00h\x00a`;
const shared = `]q\x00${PLAIN}a${Array.from({ length: 150 }, (_, i) => `0](h${p.byte(i)}h${p.byte(i)}eq${p.byte(i + 1)}`).join("")}`;

test.each<[string, string, ErrorCode, RegExp]>([
  ["that calls a function", p.call("posix.system", p.text("touch hacked")), "PICKLE_REFUSED", /asks for posix\.system/],
  ["that calls a class", p.call("a.B", p.text("x")), "PICKLE_REFUSED", /asks for a\.B/],
  ["that holds itself", selfHolding, "LIMIT_EXCEEDED", /the limit nesting allows 200/],
  [
    "that holds one tensor by 2^150 names",
    shared,
    "LIMIT_EXCEEDED",
    /the length of all names in it .* the limit pickleBytes/,
  ],
  [
    "with two tensors of one name",
    p.dict(p.text("a.b"), PLAIN, p.text("a"), p.dict(p.text("b"), PLAIN)),
    "MODEL_UNSUPPORTED",
    /two tensors with the name a\.b/,
  ],
  [
    "with a tensor of 65 axes",
    p.tensor(p.storage("torch.FloatStorage", FLOATS), 0, Array(65).fill(1), Array(65).fill(1)),
    "LIMIT_EXCEEDED",
    /the limit tensorRank allows 64/,
  ],
])("a pickle %s is refused", (_, object, code, message) => {
  expectRefusal(() => loadBytes(zipped(object)), code, message);
});

test("objects of unknown classes are data: their tensors are found by attribute, and nothing of theirs runs", () => {
  const state = p.dict(p.text("shadow"), PLAIN, p.text("decay"), p.int(9));
  const object = `${p.global("ema.Ema")})\x81${state}b`;
  const items = `${p.global("box.Box")})\x81(${p.text("weight")}${PLAIN}u`;
  const checkpoint = loadBytes(
    zipped(p.dict(p.text("ema"), object, p.text("box"), items, p.text("type"), p.global("x.Y"))),
  );
  expect([checkpoint.keys(), checkpoint.others]).toEqual([
    ["ema.shadow", "box.weight"],
    ["ema.decay", "type"],
  ]);
});

const STORAGE = p.storage("torch.FloatStorage", FLOATS);
const HUGE = 2 ** 52;

test.each<[string, string, ErrorCode, RegExp]>([
  ["strides beyond its storage", p.oddTensor(STORAGE, 0, [4, 4], [4, 1]), "FILE_CORRUPT", /reaches element 15 of/],
  ["an offset beyond its storage", p.oddTensor(STORAGE, 12, [1], [1]), "FILE_CORRUPT", /reaches element 12 of/],
  ["a negative offset", p.oddTensor(STORAGE, -1, [2], [1]), "FILE_CORRUPT", /an illegal shape or stride/],
  ["a negative stride", p.oddTensor(STORAGE, 11, [12], [-1]), "FILE_CORRUPT", /an illegal shape or stride/],
  ["a negative size", p.oddTensor(STORAGE, 0, [-1, -12], [1, 1]), "FILE_CORRUPT", /an illegal shape or stride/],
  ["fewer strides than sizes", p.oddTensor(STORAGE, 0, [1, 1], [1]), "FILE_CORRUPT", /an illegal shape or stride/],
  ["strides whose sum overflows", p.oddTensor(STORAGE, HUGE, [HUGE], [HUGE]), "FILE_CORRUPT", /reaches element/],
  [
    "a storage of 2^62 elements",
    p.tensor(p.storage("torch.FloatStorage", 2n ** 62n), 0, [1], [1]),
    "FILE_CORRUPT",
    /by something else than its key/,
  ],
  [
    "a storage of 2^52 elements",
    p.tensor(p.storage("torch.FloatStorage", HUGE), 0, [1], [1]),
    "FILE_CORRUPT",
    /is 48 bytes, which is not what its pickle says/,
  ],
  [
    "a storage of two sizes",
    p.list(PLAIN, p.tensor(p.storage("torch.DoubleStorage", FLOATS), 0, [1], [1])),
    "FILE_CORRUPT",
    /is 48 bytes, which is not what its pickle says/,
  ],
  ["no storage", p.tensor(p.storage("torch.FloatStorage", 1, "1"), 0, [1], [1]), "FILE_CORRUPT", /data\/1/],
  ["a storage outside", p.tensor(p.storage("torch.FloatStorage", 1, "../0"), 0, [1], [1]), "FILE_CORRUPT", /data\//],
])("a tensor with %s is refused", (_, object, code, message) => {
  expectRefusal(() => loadBytes(zipped(object)), code, message);
});

test("tensors that overlap in one storage are read, each with its own elements", () => {
  const bytes = zipOf({
    "data.pkl": p.pickle(
      p.dict(p.text("a"), p.tensor(STORAGE, 0, [8], [1]), p.text("b"), p.tensor(STORAGE, 4, [2, 4], [4, 1])),
    ),
    "data/0": bytesOf(floats(FLOATS)),
  });
  const checkpoint = loadBytes(bytes);
  expect([[...checkpoint.get("a").data], [...checkpoint.get("b").data]]).toEqual([
    [0, 1, 2, 3, 4, 5, 6, 7],
    [4, 5, 6, 7, 8, 9, 10, 11],
  ]);
});

test("a tensor that repeats one element without end is told of, and refused when asked for", () => {
  const checkpoint = loadBytes(zipped(p.oddTensor(STORAGE, 0, [HUGE], [0])));
  expect(checkpoint.info("")).toEqual({ dtype: "float32", shape: [HUGE] });
  expectRefusal(() => checkpoint.get(""), "LIMIT_EXCEEDED", /the limit materializedWeightBytes/);
});

const manyLists = "]".repeat(20_000) + "a".repeat(19_999);

test.each<[string, string, ErrorCode, RegExp]>([
  ["nested 20,000 deep", manyLists, "LIMIT_EXCEEDED", /the limit nesting allows 200/],
  ["with a text longer than the file", "X\xff\xff\xff\x7fabc", "FILE_CORRUPT", /cut short/],
  ["with a text of 2^64 bytes", `\x8d${"\xff".repeat(8)}abc`, "FILE_CORRUPT", /cut short/],
  ["with an integer of 2^31 bytes", "\x8b\xff\xff\xff\x7f", "FILE_CORRUPT", /integer of 2147483647 bytes/],
  ["that recalls what it never stored", "h\x07", "FILE_CORRUPT", /recalls 7/],
  ["that calls a tensor", `${PLAIN})R`, "PICKLE_REFUSED", /no constructor/],
])("a pickle %s is refused", (_, object, code, message) => {
  expectRefusal(() => loadBytes(zipped(object)), code, message);
});

test("a text that is repeated again and again by the memo costs nothing", () => {
  const text = `${p.longText("x".repeat(1 << 20))}q\x00`;
  const checkpoint = loadBytes(zipped(`(${p.text("w")}${PLAIN}${text}h\x00d`));
  expect([checkpoint.keys(), checkpoint.others.length]).toEqual([["w"], 1]);
});

function safetensors(header: unknown, data = 0, change: (text: string) => string = (text) => text): Uint8Array {
  const text = Buffer.from(change(typeof header === "string" ? header : JSON.stringify(header)), "latin1");
  return Buffer.concat([bytesOf(new BigUint64Array([BigInt(text.length)])), text, new Uint8Array(data)]);
}

const f32 = (shape: readonly unknown[], ...offsets: readonly number[]) => ({
  dtype: "F32",
  shape,
  data_offsets: offsets,
});
const ONE = { w: f32([2], 0, 8) };

test.each<[string, Uint8Array, ErrorCode, RegExp]>([
  ["a hole", safetensors({ ...ONE, v: f32([1], 12, 16) }, 16), "FILE_CORRUPT", /v begins at 12, not at 8/],
  ["an overlap", safetensors({ ...ONE, v: f32([1], 4, 8) }, 8), "FILE_CORRUPT", /v begins at 4, not at 8/],
  ["a beginning left out", safetensors({ w: f32([1], 4, 8) }, 8), "FILE_CORRUPT", /w begins at 4, not at 0/],
  ["more data than tensors", safetensors(ONE, 9), "FILE_CORRUPT", /take 8 of 9 bytes/],
  ["less data than tensors", safetensors(ONE, 7), "FILE_CORRUPT", /take 8 of 7 bytes/],
  ["offsets that do not fit the shape", safetensors({ w: f32([3], 0, 8) }, 8), "FILE_CORRUPT", /do not fit its shape/],
  ["three offsets", safetensors({ w: f32([2], 0, 8, 8) }, 8), "FILE_CORRUPT", /do not fit its shape/],
  ["offsets that run backwards", safetensors({ w: f32([2], 8, 0) }, 8), "FILE_CORRUPT", /do not fit its shape/],
  ["a negative size", safetensors({ w: f32([-2, -1], 0, 8) }, 8), "FILE_CORRUPT", /is negative/],
  ["a fractional size", safetensors({ w: f32([0.5], 0, 2) }, 2), "FILE_CORRUPT", /should be an integer/],
  ["sizes whose product overflows", safetensors({ w: f32([2 ** 52, 2 ** 52], 0, 8) }, 8), "FILE_CORRUPT", /do not fit/],
  ["an unknown dtype", safetensors({ w: { ...ONE.w, dtype: "F31" } }, 8), "FILE_CORRUPT", /unknown dtype F31/],
  ["no dtype", safetensors({ w: { ...ONE.w, dtype: undefined } }, 8), "FILE_CORRUPT", /dtype of w should be a string/],
  ["metadata of numbers", safetensors({ __metadata__: { a: 1 }, ...ONE }, 8), "FILE_CORRUPT", /__metadata__ should be/],
  ["one name twice", safetensors('{"w":{},"w":{}}'), "FILE_CORRUPT", /the key "w" occurs twice/],
  ["one field twice", safetensors('{"w":{"dtype":"F32","dtype":"F32"}}'), "FILE_CORRUPT", /"dtype" occurs twice/],
  ["a name that is no UTF-8", safetensors('{"\xff":{}}'), "FILE_CORRUPT", /no JSON object in UTF-8/],
  ["a header cut short", safetensors(ONE).subarray(0, 20), "FILE_CORRUPT", /there are only 20/],
  ["65 axes", safetensors({ w: f32(Array(65).fill(1), 0, 4) }, 4), "LIMIT_EXCEEDED", /the limit tensorRank allows 64/],
])("a safetensors file with %s is refused", (_, bytes, code, message) => {
  expectRefusal(() => loadBytes(bytes), code, message);
});

const unlimited = [LIMITS.safetensorsHeaderBytes + 1, 2 ** 32 - 1];

test.each(unlimited)("a safetensors header of %d bytes is refused before it is read", (length) => {
  const bytes = Uint8Array.from(safetensors(ONE, 8));
  new DataView(bytes.buffer).setUint32(0, length, true);
  expectRefusal(() => loadBytes(bytes), "LIMIT_EXCEEDED", /the limit safetensorsHeaderBytes allows 100000000/);
});

test.each([2n ** 32n, 2n ** 63n, 2n ** 64n - 1n])(
  "a file whose header had %d bytes is no safetensors file",
  (length) => {
    const bytes = Uint8Array.from(safetensors(ONE, 8));
    new DataView(bytes.buffer).setBigUint64(0, length, true);
    expectRefusal(() => loadBytes(bytes), "FORMAT_UNKNOWN", /of an unknown format/);
  },
);

test("a safetensors header may be padded, its data unaligned, its tensors empty", () => {
  const tensors = {
    e: f32([0, 2 ** 40], 1, 1),
    w: f32([1], 1, 5),
    b: { dtype: "BOOL", shape: [], data_offsets: [0, 1] },
  };
  const checkpoint = loadBytes(safetensors(tensors, 5, (text) => `${text}   `));
  expect(checkpoint.keys().map((name) => [name, checkpoint.get(name).shape])).toEqual([
    ["b", []],
    ["e", [0, 2 ** 40]],
    ["w", [1]],
  ]);
});

test.each<[string, unknown, ErrorCode, RegExp]>([
  ["above its folder", { weight_map: { w: "../w.safetensors" } }, "FILE_CORRUPT", /not a file in the folder/],
  ["by an absolute path", { weight_map: { w: "/etc/passwd" } }, "FILE_CORRUPT", /not a file in the folder/],
  ["that is a folder", { weight_map: { w: ".." } }, "FILE_CORRUPT", /not a file in the folder/],
  ["by another system's path", { weight_map: { w: "..\\w.safetensors" } }, "FILE_CORRUPT", /not a file in the folder/],
  ["on another drive", { weight_map: { w: "C:w.safetensors" } }, "FILE_CORRUPT", /not a file in the folder/],
  ["with a zero in its name", { weight_map: { w: "w\0.safetensors" } }, "FILE_CORRUPT", /not a file in the folder/],
  ["of no name", { weight_map: { w: "" } }, "FILE_CORRUPT", /not a file in the folder/],
  ["that is not there", { weight_map: { w: "v.safetensors" } }, "FILE_UNREADABLE", /no such file/],
  [
    "that is an index",
    { weight_map: { w: "model.safetensors.index.json" } },
    "MODEL_UNSUPPORTED",
    /an index of shards/,
  ],
  ["that lacks the tensor", { weight_map: { v: "w.safetensors" } }, "FILE_CORRUPT", /has no tensor v/],
  ["that is no text", { weight_map: { w: 1 } }, "FILE_CORRUPT", /the shard of w should be a string/],
])("an index with a shard %s is refused", (_, index, code, message) => {
  const folder = mkdtempSync(path.join(tmpdir(), "torchrelay-shards-"));
  const file = path.join(folder, "model.safetensors.index.json");
  writeFileSync(file, JSON.stringify(index));
  writeFileSync(path.join(folder, "w.safetensors"), safetensors(ONE, 8));
  expectRefusal(() => loadCheckpoint(file), code, message);
});
