import { execFileSync } from "node:child_process";
import path from "node:path";
import { expect, test } from "vitest";

const ROOT = path.resolve(import.meta.dirname, "../..");
const DIGITS = path.join(ROOT, "examples/digits/digits.pt2");

const BLOCKS = 2000;
const BLOCK_BYTES = 100_000;

/** Leaves glibc with free blocks that it keeps, since the last one after them is in use. Then tells how much memory went. */
function program(start: string, measured: string): string {
  return `
    const { createRequire } = await import("node:module");
    const { load } = await import(${JSON.stringify(path.join(ROOT, "dist/index.js"))});
    const libc = createRequire(${JSON.stringify(path.join(ROOT, "package.json"))})("koffi").load(null);
    const malloc = libc.func("malloc", "void *", ["size_t"]);
    const memset = libc.func("memset", "void *", ["void *", "int", "size_t"]);
    const free = libc.func("free", "void", ["void *"]);
    ${start}
    const blocks = Array.from({ length: ${BLOCKS} }, () => memset(malloc(${BLOCK_BYTES}), 1, ${BLOCK_BYTES}));
    blocks.pop();
    blocks.forEach((block) => free(block));
    const before = process.memoryUsage.rss();
    ${measured}
    console.log(before - process.memoryUsage.rss());
    await model.close();
  `;
}

const LOAD = `const model = await load(${JSON.stringify(DIGITS)}, { warmupMs: 0, workers: 1 });`;

function bytesGivenBack(start: string, measured: string): number {
  const args = ["--input-type=module", "--eval", program(start, measured)];
  return Number(execFileSync(process.execPath, args, { encoding: "utf8" }));
}

// Other C libraries give back by themselves.
test.skipIf(process.platform !== "linux").each([
  ["loading", "", LOAD],
  ["closing", LOAD, "await model.close();"],
])("memory that is free goes back to the system after %s a model", (_, start, measured) => {
  expect(bytesGivenBack(start, measured)).toBeGreaterThan((BLOCKS * BLOCK_BYTES) / 2);
});
