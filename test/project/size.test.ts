import { expect, test } from "vitest";
import { sourceFiles } from "./source-files.ts";

const MAX_FILE_LINES = 400;
const MAX_FUNCTION_LINES = 60;

const files = sourceFiles("src").filter(({ text }) => !text.startsWith("// Generated"));

/** A line that opens a function body: a declaration, a method, or an arrow with a block. */
const OPENS =
  /^(\s*)(?:export )?(?:async )?(?:function\b.*|(?:static |async |get |set |readonly |override |\*)*[#\w[\].]+(?:<.*>)?\(.*\).*|.*=> )\{$/;

/** Lengths of the functions of a file, told by the indentation that the formatter guarantees. */
function functionLengths(text: string): { line: number; length: number }[] {
  const lines = text.split("\n");
  return lines.flatMap((line, start) => {
    const indent = OPENS.exec(line)?.[1];
    if (indent === undefined || /^\s*(?:if|for|while|switch|else|}|class)\b/.test(line)) return [];
    const end = lines.findIndex((candidate, i) => i > start && new RegExp(`^${indent}\\}`).test(candidate));
    return end < 0 ? [] : [{ line: start + 1, length: end - start - 1 }];
  });
}

test(`no file is longer than ${MAX_FILE_LINES} lines`, () => {
  const long = files.filter(({ text }) => text.split("\n").length > MAX_FILE_LINES).map(({ path }) => path);
  expect(long).toEqual([]);
});

test(`no function is longer than ${MAX_FUNCTION_LINES} lines, and nine in ten are shorter than 40`, () => {
  const functions = files.flatMap(({ path, text }) => functionLengths(text).map((found) => ({ path, ...found })));
  expect(functions.length).toBeGreaterThan(200);
  expect(functions.filter(({ length }) => length > MAX_FUNCTION_LINES)).toEqual([]);
  const lengths = functions.map(({ length }) => length).sort((a, b) => a - b);
  expect(lengths[Math.floor(lengths.length * 0.9)]).toBeLessThan(40);
});
