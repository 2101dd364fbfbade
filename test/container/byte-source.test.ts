import { mkdtempSync, realpathSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FileSource, MemorySource, SourceRange } from "../../src/container/index.ts";
import { expectRefusal } from "./expect-refusal.ts";

let folder: string;
const content = Uint8Array.from({ length: 100 }, (_, i) => i);

beforeAll(() => {
  folder = realpathSync(mkdtempSync(path.join(tmpdir(), "byte-source-")));
  writeFileSync(path.join(folder, "model.bin"), content);
  symlinkSync(path.join(folder, "model.bin"), path.join(folder, "link.pt2"));
  symlinkSync(path.join(folder, "loop"), path.join(folder, "loop"));
});

afterAll(() => rmSync(folder, { recursive: true }));

const sources = [
  { kind: "a file", open: () => new FileSource(path.join(folder, "model.bin")) },
  { kind: "memory", open: () => new MemorySource(content, "model.bin") },
  {
    kind: "a range",
    open: () => new SourceRange(new MemorySource(Uint8Array.of(9, 9, ...content, 9), "outer"), 2, 100, "model.bin"),
  },
];

describe.each(sources)("$kind", ({ open }) => {
  test("gives the bytes of a range", () => {
    const source = open();
    expect({ name: source.name, size: source.size }).toEqual({ name: "model.bin", size: 100 });
    expect([...source.read(97, 3)]).toEqual([97, 98, 99]);
    expect(source.read(100, 0)).toHaveLength(0);
    source.close();
  });

  test.each([
    [-1, 1],
    [0, 101],
    [100, 1],
    [0.5, 1],
    [0, -1],
    [Number.NaN, 1],
    [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  ])("refuses the range %d, %d", (offset, length) => {
    const source = open();
    expectRefusal(() => source.read(offset, length), "FILE_CORRUPT", "there are only 100");
    expectRefusal(() => source.storage(offset, length), "FILE_CORRUPT", "there are only 100");
    source.close();
  });
});

test("a file is located by its real path, for the runtime follows no links", () => {
  const source = new FileSource(path.join(folder, "link.pt2"));
  expect(source.name).toBe("link.pt2");
  expect(source.storage(10, 20)).toEqual({
    kind: "file",
    path: path.join(folder, "model.bin"),
    offset: 10,
    byteLength: 20,
  });
  source.close();
});

test("a range of a range of a file is located in the file", () => {
  const file = new FileSource(path.join(folder, "model.bin"));
  const inner = new SourceRange(new SourceRange(file, 10, 50, "outer"), 5, 20, "inner");
  expect(inner.storage(1, 2)).toMatchObject({ offset: 16, byteLength: 2 });
  expect([...inner.read(1, 2)]).toEqual([16, 17]);
  expectRefusal(() => new SourceRange(file, 90, 11, "beyond"), "FILE_CORRUPT");
  file.close();
});

test("memory is viewed, not copied, and may be shared", () => {
  const shared = new Uint8Array(new SharedArrayBuffer(8));
  const source = new MemorySource(shared, "shared");
  const view = source.read(2, 4);
  shared[3] = 7;
  expect(view[1]).toBe(7);
  expect(source.storage(2, 4)).toEqual({ kind: "memory", bytes: view });
});

test.each([
  ["a missing file", "nothing-here.pt2", "there is no such file or folder"],
  ["a file below a file", "model.bin/model.pt2", "there is no such file or folder"],
  ["a folder", ".", "not a file"],
  ["a link to itself", "loop", "in circles"],
])("refuses %s", (_, name, reason) => {
  expectRefusal(() => new FileSource(path.join(folder, name)), "FILE_UNREADABLE", reason);
});

test("refuses a device without opening it", () => {
  expectRefusal(() => new FileSource("/dev/zero"), "FILE_UNREADABLE", "a device, not a file");
});

test("reading after close, or beyond what a file was cut to, is an error", () => {
  const name = path.join(folder, "shrinking.bin");
  writeFileSync(name, content);
  const source = new FileSource(name);
  truncateSync(name, 10);
  expectRefusal(() => source.read(5, 20), "FILE_UNREADABLE", "became shorter");
  source.close();
  source.close();
  expectRefusal(() => source.read(0, 1), "FILE_UNREADABLE", "was closed");
});
