import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "../project/source-files.ts";

function run(example: string, ...args: readonly string[]): string {
  const program = path.join("build/examples", `${example}.js`);
  return execFileSync(process.execPath, [program, ...args], { cwd: ROOT, encoding: "utf8" });
}

function expected(name: string): Readonly<Record<string, unknown>> {
  return JSON.parse(readFileSync(path.join(ROOT, "examples/checkpoints", name), "utf8"));
}

test("ResNet-18 with a checkpoint of PyTorch reads the digits that PyTorch reads, with its logits", () => {
  const printed = run("resnet18");
  expect(printed).toContain(`${expected("resnet18.json")["right"]} of 100 digits are read right`);
  const [, difference] = /differ from PyTorch's by at most (\S+)/.exec(printed) ?? [];
  expect(Number(difference)).toBeLessThan(2e-4);
});

test("GPT-2 with a checkpoint of PyTorch writes what PyTorch writes", () => {
  const { prompt, text } = expected("gpt.json");
  expect(run("gpt")).toBe(`${text}\n`);
  expect(run("gpt", String(prompt))).toBe(`${text}\n`);
});

test("the text of GPT-2 may begin as its caller likes", () => {
  expect(run("gpt", "THE SOFTWARE IS")).toMatch(/^THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY/);
  expect(run("gpt", "é")).toMatch(/^\?/);
});
