import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";

const ROOT = path.resolve(import.meta.dirname, "../..");

const INFER = `
  const { load, Tensor } = await import(${JSON.stringify(path.join(ROOT, "dist/index.js"))});
  const model = await load(${JSON.stringify(path.join(ROOT, "examples/digits/digits.pt2"))});
  await model.infer({ x: new Tensor("float32", new Float32Array(28 * 28), [1, 1, 28, 28]) });
  await model.close();
`;

const IN_A_WORKER = `
  const { Worker } = await import("node:worker_threads");
  new Worker(${JSON.stringify(`(async () => {${INFER}})()`)}, { eval: true }).on("error", (error) => { throw error; });
`;

test.each([
  ["the main thread", INFER],
  ["a worker of the caller", IN_A_WORKER],
])("loading and running a model in %s leaves nothing in the home and the temporary folder", (_, program) => {
  const folder = mkdtempSync(path.join(tmpdir(), "torchrelay-home-"));
  const env = { HOME: folder, TMPDIR: folder, XDG_CACHE_HOME: folder };
  execFileSync(process.execPath, ["--input-type=module", "--eval", program], { env });
  expect(readdirSync(folder)).toEqual([]);
});
