import fc from "fast-check";
import { expect, test } from "vitest";
import { uniqueNames } from "../../src/loader/user-outputs.ts";

test.each([
  [
    ["a", "b"],
    ["a", "b"],
  ],
  [
    ["a", "a", "a"],
    ["a", "a_1", "a_2"],
  ],
  [
    ["a_1", "a", "a"],
    ["a_1", "a", "a_2"],
  ],
  [
    ["a", "a", "a_1"],
    ["a", "a_1", "a_1_1"],
  ],
])("%j become %j", (names, expected) => {
  expect(uniqueNames(names)).toEqual(expected);
});

test("names differ and keep their order, and those that were alone stay as they are", () => {
  const name = fc.constantFrom("a", "b", "a_1", "a_2", "a_1_1");
  fc.assert(
    fc.property(fc.array(name, { maxLength: 12 }), (names) => {
      const unique = uniqueNames(names);
      expect(new Set(unique).size).toBe(names.length);
      for (const [i, given] of unique.entries()) expect(given.startsWith(names[i] ?? "?")).toBe(true);
      if (new Set(names).size === names.length) expect(unique).toEqual(names);
    }),
  );
});

test("a hundred thousand equal names are numbered in one pass", () => {
  expect(uniqueNames(Array.from({ length: 100_000 }, () => "a")).at(-1)).toBe("a_99999");
});
