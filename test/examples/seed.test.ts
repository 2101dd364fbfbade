import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "../project/source-files.ts";

const expected: readonly number[] = JSON.parse(readFileSync(path.join(ROOT, "test/fixtures/seed.json"), "utf8"));

test("the seed example prints what the Python program prints", () => {
  const printed = execFileSync("npm", ["run", "-s", "example:seed"], { cwd: ROOT, encoding: "utf8" });
  const results = [...printed.matchAll(/^\d: (-?\d+\.\d{6,})$/gm)].map(([, number]) => Number(number));
  expect(results).toHaveLength(expected.length);
  for (const [i, result] of results.entries()) expect(Math.abs(result - (expected[i] ?? 0))).toBeLessThan(1e-6);
}, 60_000);

test("the demo classifies the digits at least as well as promised", () => {
  const printed = execFileSync(process.execPath, ["build/examples/demo.js"], { cwd: ROOT, encoding: "utf8" });
  expect(Number(/^accuracy +([\d.]+) %/m.exec(printed)?.[1])).toBeGreaterThanOrEqual(97);
  expect(printed).toMatch(/throughput .* images\/s\nlatency .* p50 .* p95 .* p99 .*\nbatches\n +\d+ rows/);
}, 60_000);
