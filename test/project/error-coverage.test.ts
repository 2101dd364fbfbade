import { expect, test } from "vitest";
import { ERRORS } from "../../src/core/index.ts";
import { sourceFiles } from "./source-files.ts";

const tests = [...sourceFiles("test"), ...sourceFiles("conformance")];

/** Asserted as a value, or as what the command line prints. */
function isAsserted(code: string): boolean {
  return tests.some(({ text }) => text.includes(`"${code}"`) || text.includes(`error: ${code}:`));
}

test("every code is in a test that reaches it", () => {
  expect(Object.keys(ERRORS).filter((code) => !isAsserted(code))).toEqual([]);
});
