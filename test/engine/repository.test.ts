import { chmodSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { type FoundModel, type RepositoryLocation, scanRepository, wantedVersions } from "../../src/engine/index.ts";
import { folderOf, write } from "./folders.ts";

async function found(...locations: readonly RepositoryLocation[]): Promise<readonly FoundModel[]> {
  const { models, failures } = await scanRepository(locations);
  expect(failures).toEqual([]);
  return [...models.values()];
}

/** The files by name and version. */
async function filesIn(...locations: readonly RepositoryLocation[]): Promise<Record<string, Record<string, string>>> {
  const models = await found(...locations);
  return Object.fromEntries(
    models.map(({ name, versions }) => [
      name,
      Object.fromEntries(versions.map(({ version, file }) => [version, file])),
    ]),
  );
}

async function onlyModel(...locations: readonly RepositoryLocation[]): Promise<FoundModel> {
  const [model, ...others] = await found(...locations);
  expect(others).toEqual([]);
  return model as FoundModel;
}

/** Codes of what is wrong with the versions that are wanted, by version. */
function problems(model: FoundModel): Record<string, string | undefined> {
  return Object.fromEntries(wantedVersions(model).map(({ version, problem }) => [version, problem?.code]));
}

test("a file is a model under its own name, whatever it ends in, or under the name given", async () => {
  const folder = folderOf({ "net.v2.pt2": "", "net.pth": "" });
  const at = (name: string): string => path.join(folder, name);
  expect(await filesIn({ path: at("net.v2.pt2") })).toEqual({ "net.v2": { 1: at("net.v2.pt2") } });
  expect(await filesIn({ path: at("net.pth") })).toEqual({ net: { 1: at("net.pth") } });
  expect(await filesIn({ path: at("net.pth"), name: "a b/c" })).toEqual({ "a b/c": { 1: at("net.pth") } });
});

test("a folder holds files, and folders of versions", async () => {
  const folder = folderOf({
    "a.pt2": "",
    "c d.onnx": "",
    "notes.txt": "",
    ".pt2": "",
    ".hidden.pt2": "",
    ".cache/1/model.pt2": "",
    "b/9/model.pt2": "",
    "b/10/model.onnx": "",
    "b/0/model.pt2": "",
    "b/1/model.pt": "",
    "checkpoint.pt": "",
    "b/007/model.pt2": "",
    "b/11/weights.bin": "",
    "b/next/model.pt2": "",
    "b/12": "a file",
    "100%/1/model.pt2": "",
    "empty/readme.md": "",
    "direct/model.pt2": "",
  });
  const at = (name: string): string => path.join(folder, name);
  expect(await filesIn({ path: folder })).toEqual({
    "100%": { 1: at("100%/1/model.pt2") },
    a: { 1: at("a.pt2") },
    b: { 0: at("b/0/model.pt2"), 1: at("b/1/model.pt"), 9: at("b/9/model.pt2"), 10: at("b/10/model.onnx") },
    "c d": { 1: at("c d.onnx") },
  });
});

test("the folder of one model needs the model's name", async () => {
  const folder = folderOf({ "model.onnx": "", "config.json": "{}" });
  const model = await onlyModel({ path: folder, name: "net" });
  expect(model).toMatchObject({ name: "net", configText: "{}", versions: [{ version: "1" }] });
  const versions = folderOf({ "1/model.pt2": "", "2/model.pt2": "" });
  expect(await filesIn({ path: versions, name: "net" })).toMatchObject({ net: { 1: /./, 2: /./ } });
  expect(await filesIn({ path: versions })).toEqual({});
  write(versions, { "model.pt2": "" });
  expect(problems(await onlyModel({ path: versions, name: "net" }))).toEqual({ 2: "REPOSITORY_INVALID" });
});

test("a model that is there twice, or a version with two files, is refused by name", async () => {
  const folder = folderOf({ "a.pt2": "", "a/3/model.pt2": "", "b/1/model.pt2": "", "b/1/model.onnx": "" });
  const [a, b] = (await found({ path: folder })).flatMap((model) => wantedVersions(model));
  expect(a?.problem?.message).toBe("model a is ambiguous: it is in a and a.pt2");
  expect(b?.problem?.message).toBe("model b is ambiguous: version 1 has model.pt2 and model.onnx");
  const other = folderOf({ "c.pt2": "" });
  const twice = await onlyModel({ path: other }, { path: path.join(other, "c.pt2") });
  expect(problems(twice)).toEqual({ 1: "REPOSITORY_INVALID" });
});

test("a location that is not there leaves the others", async () => {
  const folder = folderOf({ "a.pt2": "" });
  const { models, failures } = await scanRepository([{ path: folder }, { path: path.join(folder, "missing") }]);
  expect([...models.keys()]).toEqual(["a"]);
  expect(failures).toMatchObject([{ code: "FILE_UNREADABLE" }]);
});

test("a name is looked up among what is there, and makes no path", async () => {
  const folder = folderOf({ "models/a.pt2": "", "models/b/1/model.pt2": "", "c.pt2": "" });
  const path_ = path.join(folder, "models");
  const named = async (name: string): Promise<readonly string[]> => [
    ...(await scanRepository([{ path: path_ }], name)).models.keys(),
  ];
  expect(await named("a")).toEqual(["a"]);
  expect(await named("b")).toEqual(["b"]);
  for (const name of ["..", "../c", ".", "", "/", "b/1", path.join(folder, "c"), "%2e%2e%2fc", "a\0", "__proto__"]) {
    expect(await named(name), name).toEqual([]);
  }
});

test("links are followed; those that lead nowhere are a problem of the model", async () => {
  const folder = folderOf({ "elsewhere/net.pt2": "", "models/readme.md": "" });
  symlinkSync("../elsewhere/net.pt2", path.join(folder, "models/a.pt2"));
  symlinkSync("../nowhere.pt2", path.join(folder, "models/b.pt2"));
  const [a, b] = await found({ path: path.join(folder, "models") });
  expect(problems(a as FoundModel)).toEqual({ 1: undefined });
  expect(problems(b as FoundModel)).toEqual({ 1: "FILE_UNREADABLE" });
});

test("a version is another one when its file or its configuration is", async () => {
  const folder = folderOf({ "a/1/model.pt2": "x" });
  const identity = async (): Promise<string | undefined> =>
    wantedVersions(await onlyModel({ path: folder }))[0]?.identity;
  const seen = [await identity()];
  expect(await identity()).toBe(seen[0]);
  write(folder, { new: "y" });
  renameSync(path.join(folder, "new"), path.join(folder, "a/1/model.pt2"));
  seen.push(await identity());
  write(folder, { "a/config.json": "{}" });
  seen.push(await identity());
  expect(new Set(seen).size).toBe(3);
});

test("version policies choose by number", async () => {
  const versions = Object.fromEntries(["1", "2", "9", "10"].map((version) => [`a/${version}/model.pt2`, ""]));
  const chosen = async (config: object): Promise<Record<string, string | undefined>> => {
    const folder = folderOf({ ...versions, "a/config.json": JSON.stringify(config) });
    return problems(await onlyModel({ path: folder }));
  };
  expect(await chosen({})).toEqual({ 10: undefined });
  expect(await chosen({ versionPolicy: { latest: {} } })).toEqual({ 10: undefined });
  expect(await chosen({ versionPolicy: { latest: { numVersions: 2 } } })).toEqual({ 9: undefined, 10: undefined });
  expect(Object.keys(await chosen({ versionPolicy: { all: {} } }))).toEqual(["1", "2", "9", "10"]);
  const specific = { versionPolicy: { specific: { versions: [1, 3] } } };
  expect(await chosen(specific)).toEqual({ 1: undefined, 3: "MODEL_UNKNOWN" });
});

test("a configuration that cannot be read is a problem of every version", async () => {
  const folder = folderOf({ "a/1/model.pt2": "", "a/config.json": " ".repeat(2 ** 20 + 1) });
  expect(problems(await onlyModel({ path: folder }))).toEqual({ 1: "LIMIT_EXCEEDED" });
  writeFileSync(path.join(folder, "a/config.json"), '{"maxBatchRows": 1');
  expect(problems(await onlyModel({ path: folder }))).toEqual({ 1: "CONFIG_INVALID" });
});

const isRoot = process.getuid?.() === 0;

test.skipIf(isRoot)("a folder that may not be read is a problem of its model alone", async () => {
  const folder = folderOf({ "a/1/model.pt2": "", "b.pt2": "" });
  chmodSync(path.join(folder, "a"), 0);
  const models = await found({ path: folder });
  chmodSync(path.join(folder, "a"), 0o700);
  expect(models.map(problems)).toEqual([{ 1: "FILE_UNREADABLE" }, { 1: undefined }]);
});
