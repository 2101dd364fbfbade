import { execFileSync } from "node:child_process";
import path from "node:path";
import { expect, test } from "vitest";

const ROOT = path.resolve(import.meta.dirname, "../..");
const DIGITS = JSON.stringify(path.join(ROOT, "examples/digits/digits.pt2"));

/** Runs a program in a process of its own; it prints a number. */
function numberFrom(program: string): number {
  const source = `const { load } = await import(${JSON.stringify(path.join(ROOT, "dist/index.js"))}); ${program}`;
  return Number(execFileSync(process.execPath, ["--input-type=module", "--eval", source], { encoding: "utf8" }));
}

const BLOCKS = 2000;
const BLOCK_BYTES = 100_000;

/** Leaves glibc with free blocks that it keeps, since the last one after them is in use. */
const FREE_BLOCKS = `
  const { createRequire } = await import("node:module");
  const libc = createRequire(${JSON.stringify(path.join(ROOT, "package.json"))})("koffi").load(null);
  const malloc = libc.func("malloc", "void *", ["size_t"]);
  const memset = libc.func("memset", "void *", ["void *", "int", "size_t"]);
  const free = libc.func("free", "void", ["void *"]);
  const blocks = Array.from({ length: ${BLOCKS} }, () => memset(malloc(${BLOCK_BYTES}), 1, ${BLOCK_BYTES}));
  blocks.pop();
  blocks.forEach((block) => free(block));
`;

function bytesGivenBack(start: string, measured: string): number {
  return numberFrom(`
    ${start}
    ${FREE_BLOCKS}
    const before = process.memoryUsage.rss();
    ${measured}
    console.log(before - process.memoryUsage.rss());
    await model.close();
  `);
}

const LOAD = `const model = await load(${DIGITS}, { warmupMs: 0, workers: 1 });`;

// Other C libraries give back by themselves.
const onLinux = test.skipIf(process.platform !== "linux");

onLinux.each([
  ["loading", "", LOAD],
  ["closing", LOAD, "await model.close();"],
])("memory that is free goes back to the system after %s a model", (_, start, measured) => {
  expect(bytesGivenBack(start, measured)).toBeGreaterThan((BLOCKS * BLOCK_BYTES) / 2);
});

const MODELS = 12;

onLinux("warming a model up does not leave it with the memory of its largest batches", () => {
  const bytes = numberFrom(`
    const models = [];
    const loadMore = async (count) => {
      while (models.length < count) models.push(await load(${DIGITS}, { workers: 1 }));
      return process.memoryUsage.rss();
    };
    const before = await loadMore(2);
    console.log((await loadMore(2 + ${MODELS})) - before);
    for (const model of models) await model.close();
  `);
  expect(bytes / MODELS).toBeLessThan(5e6);
});
