import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { findModels } from "../../src/engine/index.ts";

/** A new folder with these files, which are empty. */
function folderOf(...files: readonly string[]): string {
  const folder = mkdtempSync(path.join(tmpdir(), "torchrelay-repository-"));
  for (const file of files) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), "");
  }
  return folder;
}

test("a file is a model under its own name, whatever it ends in", () => {
  const folder = folderOf("net.v2.pt2", "net.pth");
  const at = (name: string): string => path.join(folder, name);
  expect(findModels(at("net.v2.pt2"))).toEqual([{ name: "net.v2", version: "1", file: at("net.v2.pt2") }]);
  expect(findModels(at("net.pth"))).toEqual([{ name: "net", version: "1", file: at("net.pth") }]);
});

test("a folder holds files and versions, of which the highest counts", () => {
  const folder = folderOf(
    "a.pt2",
    "notes.txt",
    ".hidden.pt2",
    "b/9/model.pt2",
    "b/10/model.pt2",
    "b/11/weights.bin",
    "b/next/model.pt2",
    "empty/readme.md",
  );
  expect(findModels(folder)).toEqual([
    { name: "a", version: "1", file: path.join(folder, "a.pt2") },
    { name: "b", version: "10", file: path.join(folder, "b/10/model.pt2") },
  ]);
});

test("a path without models is refused", () => {
  const folder = folderOf("notes.txt");
  expect(() => findModels(folder)).toThrow("it holds no NAME.pt2 and no NAME/VERSION/model.pt2");
  expect(() => findModels(path.join(folder, "missing"))).toThrow(expect.objectContaining({ code: "FILE_UNREADABLE" }));
});
