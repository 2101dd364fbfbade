import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { ERRORS } from "../../src/core/index.ts";
import { ROOT, sourceFiles } from "./source-files.ts";

const page = readFileSync(path.join(ROOT, "docs/errors.md"), "utf8");
const documented = [...page.matchAll(/^\| `([A-Z_]+)` \| (\d+) \| ([A-Z_]+) \|/gm)];
const source = sourceFiles("src").filter(({ path: file }) => file !== "src/core/errors.ts");

test("docs/errors.md lists every code with its statuses, and nothing else", () => {
  const registered = Object.entries(ERRORS).map(([code, { http, grpc }]) => [code, String(http), grpc]);
  expect(documented.map(([, code, http, grpc]) => [code, http, grpc])).toEqual(registered);
});

test("every code is thrown somewhere", () => {
  const unused = Object.keys(ERRORS).filter((code) => !source.some(({ text }) => text.includes(`"${code}"`)));
  expect(unused).toEqual([]);
});
