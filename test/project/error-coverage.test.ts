import { expect, test } from "vitest";
import { ERRORS } from "../../src/core/index.ts";
import { sourceFiles } from "./source-files.ts";

const tests = [...sourceFiles("test"), ...sourceFiles("conformance")];

/** Asserted as a value, or as what the command line prints; not merely made by the test itself. */
function isAsserted(code: string): boolean {
  const asserted = new RegExp(`(?<!new RelayError\\()"${code}"|error: ${code}:`);
  return tests.some(({ text }) => asserted.test(text));
}

test("every code is in a test that reaches it", () => {
  expect(Object.keys(ERRORS).filter((code) => !isAsserted(code))).toEqual([]);
});
