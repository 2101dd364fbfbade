import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { unzipSync } from "fflate";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ROOT } from "../project/source-files.ts";

const PAGES = ["README.md", "docs/modules.md", "docs/torchscript.md"];
const folder = mkdtempSync(path.join(os.tmpdir(), "torchrelay-package-"));
const INSTALL_TIMEOUT_MS = 300_000;

interface Detector {
  readonly name: string;
  /** Where it begins, and its length. */
  readonly program: readonly [number, number];
}

function run(command: string, ...args: string[]): string {
  return execFileSync(command, args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

/** A page's code blocks of a language, in order. */
function blocks(page: string, language: string): readonly string[] {
  const text = readFileSync(path.join(ROOT, page), "utf8");
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, "gms"))].map(([, code]) => code as string);
}

/** A small Faster R-CNN. */
function detector(): Uint8Array {
  const bundle = unzipSync(readFileSync(path.join(ROOT, "conformance/data/scripts/detection.zip")));
  const cases = JSON.parse(Buffer.from(bundle["manifest.json"] as Uint8Array).toString()) as readonly Detector[];
  const { program } = cases.find(({ name }) => name === "faster-rcnn-mobilenet.one") as Detector;
  return (bundle["programs.bin"] as Uint8Array).subarray(program[0], program[0] + program[1]);
}

/** What a user has: an empty folder, the tarball installed, and a model and a checkpoint of his own. */
beforeAll(() => {
  const packed = execFileSync("npm", ["pack", "--json", "--pack-destination", folder], { cwd: ROOT, encoding: "utf8" });
  const [{ filename }] = JSON.parse(packed) as [{ filename: string }];
  writeFileSync(path.join(folder, "package.json"), '{ "private": true, "type": "module" }');
  run("npm", "install", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund", `./${filename}`);
  copyFileSync(path.join(ROOT, "examples/digits/digits.pt2"), path.join(folder, "model.pt2"));
  copyFileSync(path.join(ROOT, "test/fixtures/checkpoints/cnn.pth"), path.join(folder, "weights.pth"));
  copyFileSync(path.join(ROOT, "test/fixtures/torchscript/mlp-2.13.pt"), path.join(folder, "traced.pt"));
  copyFileSync(path.join(ROOT, "test/fixtures/torchscript/streaming.pt"), path.join(folder, "streaming.pt"));
  writeFileSync(path.join(folder, "detector.pt"), detector());
}, INSTALL_TIMEOUT_MS);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the pages have code to run", () => {
  expect(blocks("README.md", "js").length).toBeGreaterThanOrEqual(4);
  expect(blocks("README.md", "console").length).toBeGreaterThanOrEqual(1);
  expect(blocks("docs/modules.md", "js").length).toBeGreaterThanOrEqual(2);
  expect(blocks("docs/torchscript.md", "js").length).toBeGreaterThanOrEqual(1);
});

const programs = PAGES.flatMap((page) =>
  blocks(page, "js").map((code, i) => ({ code, name: `${path.basename(page, ".md")} block ${i + 1}` })),
);

test.each(programs)("$name runs", ({ code, name }) => {
  const file = `${name.replaceAll(" ", "-")}.js`;
  writeFileSync(path.join(folder, file), code);
  expect(run(process.execPath, file)).not.toBe("");
});

const commands = blocks("README.md", "console").flatMap((block) =>
  [...block.matchAll(/^\$ npx (torchrelay .*)$/gm)].map(([, line]) => line as string),
);

test.each(commands)("%s", (line) => {
  expect(run("npx", ...line.split(" "))).not.toBe("");
});

const TYPED = `
import { load, type Model, type Tensor } from "torchrelay";
import { Client } from "torchrelay/client";
import { Server, type ServerOptions } from "torchrelay/server";
export const model: Promise<Model> = load("model.pt2");
export type T = Tensor<"float32">["data"];
export type S = [InstanceType<typeof Server>, ServerOptions];
export const { infer } = new Client("http://127.0.0.1:8000");
`;

test.each([
  ["node16", "node16"],
  ["nodenext", "nodenext"],
  ["esnext", "bundler"],
])("the types are there, with modules of %s found as by %s", (module, resolution) => {
  writeFileSync(path.join(folder, "types.ts"), TYPED);
  const tsc = path.join(ROOT, "node_modules/typescript/bin/tsc");
  const flags = ["--noEmit", "--strict", "--module", module, "--moduleResolution", resolution];
  expect(run(process.execPath, tsc, ...flags, "--target", "es2022", "--skipLibCheck", "--types", "", "types.ts")).toBe(
    "",
  );
});

const REQUIRING = `
const { load, Tensor } = require("torchrelay");
const client = require("torchrelay/client");
const { Server } = require("torchrelay/server");
load("model.pt2").then(async (model) => {
  console.log(typeof Server, client.Tensor === Tensor, model.inputs[0].name);
  await model.close();
});
`;

test("CommonJS may require it, and a class is one class by whatever entry", () => {
  writeFileSync(path.join(folder, "requiring.cjs"), REQUIRING);
  expect(run(process.execPath, "--no-warnings", "requiring.cjs")).toBe("function true x\n");
});

interface SourceMap {
  readonly sources: readonly string[];
}

test("source maps lead to sources that are there", () => {
  const bundle = path.join(folder, "node_modules/torchrelay/dist/bundle");
  const maps = readdirSync(bundle).filter((file) => file.endsWith(".map"));
  const sources = maps.flatMap(
    (file) => (JSON.parse(readFileSync(path.join(bundle, file), "utf8")) as SourceMap).sources,
  );
  expect(sources.length).toBeGreaterThan(100);
  expect(sources.filter((source) => !existsSync(path.join(bundle, source)))).toEqual([]);
});
