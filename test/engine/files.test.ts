import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, expect, test } from "vitest";
import { load, RelayError, Tensor } from "../../dist/index.js";

const DIGITS = "examples/digits/digits.pt2";
const FIXTURES = "test/fixtures/pt2";
const folder = mkdtempSync(path.join(os.tmpdir(), "torchrelay-files-"));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const image = new Tensor(
  "float32",
  Float32Array.from({ length: 784 }, (_, i) => (i % 29) / 29),
  [1, 1, 28, 28],
);

async function logitsOf(file: string | URL | Uint8Array): Promise<number[]> {
  await using model = await load(file);
  const { logits } = await model.infer({ x: image });
  return Array.from(logits?.data as Float32Array);
}

test("a path, a URL, a link, a name with spaces and bytes give the same numbers", async () => {
  const copy = path.join(folder, "modèle à copier.pt2");
  const link = path.join(folder, "link.pt2");
  copyFileSync(DIGITS, copy);
  symlinkSync(path.resolve(DIGITS), link);
  const expected = await logitsOf(DIGITS);
  expect(expected).toHaveLength(10);
  for (const file of [copy, link, pathToFileURL(copy), readFileSync(DIGITS)])
    expect(await logitsOf(file)).toEqual(expected);
});

test.each([
  "mlp-2.13.pt2",
  "mlp-2.13-deflated.pt2",
  "mlp-2.8.pt2",
  "mlp-2.6.pt2",
  "mlp-2.6-deflated.pt2",
  "mlp-2.4.pt2",
])("%s: every layout of one program gives the same numbers", async (name) => {
  const results = await Promise.all(
    ["mlp-2.13.pt2", name].map(async (file) => {
      await using model = await load(path.join(FIXTURES, file));
      return model.infer(model.sampleInputs ?? []);
    }),
  );
  expect(results[1]).toEqual(results[0]);
});

test("what is no model is refused by what it is", async () => {
  const html = path.join(folder, "model.pt2");
  writeFileSync(html, "<!doctype html><title>404</title>");
  await expect(load(html)).rejects.toMatchObject({ code: "FORMAT_UNKNOWN" });
  await expect(load(path.join(folder, "missing.pt2"))).rejects.toMatchObject({ code: "FILE_UNREADABLE" });
  await expect(load(folder)).rejects.toMatchObject({ code: "FILE_UNREADABLE" });
  await expect(load(new Uint8Array(0))).rejects.toBeInstanceOf(RelayError);
  await expect(load(7 as never)).rejects.toMatchObject({ code: "OPTION_INVALID" });
  await expect(load(DIGITS, { workrs: 2 } as never)).rejects.toMatchObject({ code: "OPTION_INVALID" });
});

test("after a file that does not load, others do", async () => {
  await expect(load(new Uint8Array([80, 75, 3, 4]))).rejects.toBeInstanceOf(RelayError);
  expect(await logitsOf(DIGITS)).toHaveLength(10);
});

test("a process with a loaded, idle model ends by itself", () => {
  const script = `import { load } from "torchrelay"; await load("${DIGITS}"); console.log("loaded");`;
  const printed = execFileSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
  expect(printed).toBe("loaded\n");
});
