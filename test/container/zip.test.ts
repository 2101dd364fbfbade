import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { zipSync } from "fflate";
import { expect, test } from "vitest";
import { FileSource, MemorySource, ZipArchive, type ZipOptions } from "../../src/container/index.ts";
import { LIMITS, RelayError } from "../../src/core/index.ts";
import { expectRefusal } from "./expect-refusal.ts";
import { type Member, writeZip, type ZipShape } from "./zip-writer.ts";

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

function open(bytes: Uint8Array, options: ZipOptions = {}): ZipArchive {
  return new ZipArchive(new MemorySource(bytes, "test.zip"), options);
}

function zip(members: readonly Member[], shape: ZipShape = {}, options: ZipOptions = {}): ZipArchive {
  return open(writeZip(members, shape), options);
}

test.each([
  ["stored", {}],
  ["deflated", { method: 8 }],
  ["with a data descriptor", { descriptor: true }],
  ["padded to an alignment", { localExtra: Buffer.from("FB\x20\x00ZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZ") }],
])("reads members %s", (_, how) => {
  const archive = zip([
    { name: "a", data: "first", ...how },
    { name: "b", data: "", ...how },
    { name: "c", data: "third", ...how },
  ]);
  expect(archive.names).toEqual(["a", "b", "c"]);
  expect(archive.names.map((name) => text(archive.read(name)))).toEqual(["first", "", "third"]);
  expect(archive.names.map((name) => archive.size(name))).toEqual([5, 0, 5]);
});

test("reads ZIP64", () => {
  const archive = zip(
    [
      { name: "a", data: "first" },
      { name: "b", data: "second", method: 8 },
    ],
    { zip64: true },
  );
  expect(archive.names.map((name) => text(archive.read(name)))).toEqual(["first", "second"]);
});

test("reads what another program packed, whatever comment it left", () => {
  const packed = zipSync({
    "model/a": [Buffer.from("stored"), { level: 0 }],
    "model/b": Buffer.from("x".repeat(5000)),
  });
  const archive = open(packed);
  expect([text(archive.read("a")), archive.read("b").length]).toEqual(["stored", 5000]);
  expect(zip([{ name: "a", data: "1" }], { comment: "PK\x05\x06 is not the end" }).names).toEqual(["a"]);
});

test.each([
  ["one folder around all", ["m/a", "m/b/c"], ["a", "b/c"]],
  ["a folder with its own entry", ["m/", "m/a"], ["a"]],
  ["no common folder", ["m/a", "n/b"], ["m/a", "n/b"]],
  ["a file beside the folder", ["m/a", "b"], ["m/a", "b"]],
  ["folders that begin alike", ["m/a", "mm/b"], ["m/a", "mm/b"]],
])("leaves out the root folder: %s", (_, names, expected) => {
  const members = names.map((name) => ({ name, data: "" }));
  expect(zip(members).names).toEqual(expected);
  expect(zip(members, {}, { root: "keep" }).names).toEqual(names.filter((name) => !name.endsWith("/")));
});

test("an empty archive has no members", () => {
  expect(zip([]).names).toEqual([]);
});

test("a plainly stored member is located in the file, a deflated one is inflated into memory", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "zip-"));
  const bytes = writeZip([
    { name: "plain", data: "12345", localExtra: new Uint8Array(10) },
    { name: "packed", data: "678", method: 8 },
  ]);
  writeFileSync(path.join(folder, "x.zip"), bytes);
  const source = new FileSource(path.join(folder, "x.zip"));
  const archive = new ZipArchive(source);
  expect(archive.storage("plain")).toMatchObject({ kind: "file", offset: 30 + 5 + 10, byteLength: 5 });
  expect(archive.storage("packed")).toEqual({ kind: "memory", bytes: Uint8Array.from(Buffer.from("678")) });
  source.close();
  rmSync(folder, { recursive: true });
});

test("members of an archive inside an archive are ranges of the outer bytes", () => {
  const inner = writeZip([{ name: "root/data", data: "payload" }]);
  const outer = writeZip([
    { name: "plain", data: inner },
    { name: "packed", data: inner, method: 8 },
  ]);
  const archive = open(outer);
  const storage = archive.nested("plain").storage("data");
  expect(storage.kind === "memory" && storage.bytes.buffer).toBe(outer.buffer);
  expect(text(archive.nested("packed").read("data"))).toBe("payload");
  expect(archive.nested("plain").label).toBe("test.zip: plain");
});

test.each<[string, readonly Member[], ZipShape, RegExp]>([
  [
    "two members of one name",
    [
      { name: "a", data: "1" },
      { name: "a", data: "2" },
    ],
    {},
    /two zip members called a/,
  ],
  ["more members than declared", [{ name: "a", data: "1" }], { count: 0 }, /more entries than it declares/],
  ["fewer members than declared", [{ name: "a", data: "1" }], { count: 2 }, /cut short/],
  ["a directory beyond the file", [{ name: "a", data: "1" }], { directoryOffset: 5000 }, /directory claims/],
  ["a directory elsewhere", [{ name: "a", data: "1" }], { directoryOffset: 3 }, /garbled/],
  [
    "overlapping members",
    [
      { name: "a", data: "12345678" },
      { name: "b", data: "1", headerOffset: 4 },
    ],
    {},
    /overlaps/,
  ],
  ["a member inside the directory", [{ name: "a", data: "1", headerOffset: 40 }], {}, /overlaps/],
])("refuses %s", (_, members, shape, problem) => {
  expectRefusal(() => zip(members, shape), "FILE_CORRUPT", problem);
});

test.each(["../a", "a/../b", "/a", "C:/a", "a\\b", "a/./b", "a//b", "a\0b", ".."])(
  "refuses a member called %j",
  (name) => {
    expectRefusal(() => zip([{ name, data: "" }]), "FILE_CORRUPT", "not a plain path");
  },
);

test.each<[string, Partial<Member>, RegExp]>([
  ["a wrong checksum", { crc: 1 }, /checksum/],
  ["a stored size that is not the packed size", { size: 3 }, /not where its directory says/],
  ["another method in its local header", { localMethod: 8 }, /not where its directory says/],
  ["a size larger than DEFLATE can make", { method: 8, size: 1e8 }, /claims to inflate/],
  ["a size larger than it inflates to", { method: 8, size: 20 }, /inflates to 5 bytes, not to 20/],
  ["a size smaller than it inflates to", { method: 8, size: 3 }, /cannot be inflated to its 3 bytes/],
])("refuses a member with %s", (_, how, problem) => {
  const archive = zip([{ name: "a", data: "12345", ...how }]);
  expectRefusal(() => archive.read("a"), "FILE_CORRUPT", problem);
});

test("a local header that reaches into the next member is refused", () => {
  const bytes = writeZip([
    { name: "a", data: "12345" },
    { name: "b", data: "6" },
  ]);
  Buffer.from(bytes.buffer, bytes.byteOffset).writeUInt16LE(500, 28);
  expectRefusal(() => open(bytes).storage("a"), "FILE_CORRUPT", "not where its directory says");
});

test("a checksum of 0 is one that PyTorch was told not to compute", () => {
  expect(text(zip([{ name: "a", data: "12345", crc: 0 }]).read("a"))).toBe("12345");
});

test.each([
  ["encrypted", { flags: 1 }, /encrypted/],
  ["packed with LZMA", { method: 14 }, /LZMA/],
  ["packed in an unheard-of way", { method: 77 }, /method 77/],
])("refuses a member that is %s, when it is wanted", (_, how, feature) => {
  const archive = zip([{ name: "a", data: "1", ...how }]);
  expect(archive.names).toEqual(["a"]);
  expectRefusal(() => archive.read("a"), "MODEL_UNSUPPORTED", feature);
});

test("refuses a member that is not there", () => {
  expectRefusal(() => zip([{ name: "a", data: "1" }]).read("b"), "FILE_CORRUPT", "no zip member b");
});

test("limits are named", () => {
  const limits = { ...LIMITS, zipMembers: 2, inflatedMemberBytes: 1000, inflatedTotalBytes: 1500, graphJsonBytes: 10 };
  const big = { data: Buffer.alloc(900), method: 8 };
  const three = ["a", "b", "c"].map((name) => ({ name, data: "" }));
  expectRefusal(() => zip(three, {}, { limits }), "LIMIT_EXCEEDED", "is 3; the limit zipMembers allows 2");
  const archive = zip(
    [
      { name: "a", ...big },
      { name: "b", ...big },
    ],
    {},
    { limits },
  );
  expect(archive.storage("a")).toMatchObject({ kind: "memory" });
  expectRefusal(() => archive.storage("b"), "LIMIT_EXCEEDED", "inflatedTotalBytes");
  expectRefusal(() => archive.read("a", "graphJsonBytes"), "LIMIT_EXCEEDED", "the limit graphJsonBytes allows 10");
  const bomb = zip([{ name: "a", data: Buffer.alloc(2000), method: 8 }], {}, { limits });
  expectRefusal(() => bomb.read("a"), "LIMIT_EXCEEDED", "inflatedMemberBytes");
});

test("archives inside an archive share its allowance", () => {
  const limits = { ...LIMITS, inflatedTotalBytes: 1500 };
  const inner = writeZip([{ name: "a", data: Buffer.alloc(900), method: 8 }]);
  const archive = zip(
    [
      { name: "x", data: inner },
      { name: "y", data: inner },
    ],
    {},
    { limits },
  );
  archive.nested("x").read("a");
  expectRefusal(() => archive.nested("y").read("a"), "LIMIT_EXCEEDED", "inflatedTotalBytes");
});

test("a bomb is refused by what it claims, before anything is inflated", () => {
  const bomb = zip([{ name: "a", data: Buffer.alloc(2 ** 20), method: 8, size: 2 ** 31 }]);
  expectRefusal(() => bomb.read("a"), "LIMIT_EXCEEDED", "inflatedMemberBytes");
  expectRefusal(() => bomb.nested("a"), "LIMIT_EXCEEDED", "inflatedMemberBytes");
});

test.each([0, 1, 4, 21, 22, 23, 60, 100])("refuses an archive cut to %d bytes", (length) => {
  const whole = writeZip([
    { name: "a", data: "12345" },
    { name: "b", data: "6" },
  ]);
  expectRefusal(() => open(whole.subarray(0, length)), "FILE_CORRUPT", "probably incomplete");
});

test("any bytes give an archive or a RelayError", () => {
  const whole = writeZip(
    [
      { name: "a", data: "12345" },
      { name: "b", data: "6".repeat(50), method: 8 },
    ],
    { zip64: true },
  );
  const flips = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(flips, (changes) => {
      const bytes = Uint8Array.from(whole);
      for (const [at, value] of changes) bytes[at] = value;
      try {
        const archive = open(bytes);
        for (const name of archive.names) archive.read(name);
      } catch (error) {
        if (!(error instanceof RelayError)) throw error;
      }
    }),
    { numRuns: 1000 },
  );
});
