import fc from "fast-check";
import { expect, test } from "vitest";
import { type JsonValue, parseJson } from "../../src/container/index.ts";
import { RelayError } from "../../src/core/index.ts";
import { expectRefusal } from "./expect-refusal.ts";

function parse(text: string): JsonValue {
  return parseJson(Buffer.from(text), "test.json");
}

/** As JSON.parse has it: every number a double. */
function narrow(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? Number(value) : value;
}

test("reads whatever JSON.stringify writes", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(undefined, 1, "\t\r\n "), (value, space) => {
      const text = JSON.stringify(value, undefined, space);
      expect(JSON.stringify(parse(text), narrow)).toBe(JSON.stringify(JSON.parse(text)));
    }),
    { numRuns: 500 },
  );
});

test.each<[string, JsonValue]>([
  ["9007199254740991", 9007199254740991],
  ["-9007199254740991", -9007199254740991],
  ["9007199254740992", 9007199254740992n],
  ["9223372036854775807", 9223372036854775807n],
  ["-9223372036854775808", -9223372036854775808n],
  ["123456789012345", 123456789012345],
  ["1234567890123456", 1234567890123456],
  ["0", 0],
  ["-0", 0],
  ["-0.0", -0],
  ["1e3", 1000],
  ["1.5E-2", 0.015],
  ["1e400", Number.POSITIVE_INFINITY],
  ["123456789012345678.0", 123456789012345680],
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  [" -Infinity ", Number.NEGATIVE_INFINITY],
  ['"\\u00e9\\ud83d\\ude00\\n\\/é😀"', "é😀\n/é😀"],
  ['"a\\\\"', "a\\"],
  ["[]", []],
  ["[ 1 , [ ] ]", [1, []]],
])("%s", (text, value) => {
  expect(parse(text)).toStrictEqual(value);
});

test("objects inherit nothing, and of equal keys the last counts", () => {
  const value = parse('{"__proto__": {"polluted": 1}, "constructor": 2, "a": 3, "a": 4}');
  expect("toString" in (value as object)).toBe(false);
  expect(Object.entries(value as object)).toEqual([
    ["__proto__", { polluted: 1 }],
    ["constructor", 2],
    ["a", 4],
  ]);
  expect("polluted" in {}).toBe(false);
});

test("long and short strings that differ in one byte stay apart", () => {
  const names = Array.from({ length: 20_000 }, (_, i) => `layer_${i % 7000}${"x".repeat(i % 90)}`);
  expect(parse(JSON.stringify(names))).toEqual(names);
});

test.each([
  "",
  "  ",
  "{",
  "[1",
  "[1,]",
  "[,1]",
  '{"a"}',
  '{"a":}',
  '{"a":1,}',
  "{a:1}",
  '{"a":1 "b":2}',
  "01",
  "-",
  "-01",
  "1.",
  ".5",
  "+1",
  "1e",
  "0x10",
  "1a",
  "nul",
  "nan",
  "-NaN",
  "undefined",
  '"',
  '"\\x"',
  '"\\u12g4"',
  '"\\u12',
  '"line\nbreak"',
  "1 2",
  "[1]]",
  "<html>",
  "\uFEFF1",
])("refuses %j", (text) => {
  expectRefusal(() => parse(text), "FILE_CORRUPT", "not well-formed at byte");
});

test("nesting and endless numbers are limited", () => {
  expect(parse("[".repeat(200) + "]".repeat(200))).toHaveLength(1);
  expectRefusal(() => parse("[".repeat(201)), "FILE_CORRUPT", "nested deeper than 200");
  expectRefusal(() => parse('{"a":'.repeat(1e6)), "FILE_CORRUPT", "nested deeper than 200");
  expectRefusal(() => parse("1".repeat(1e6)), "FILE_CORRUPT", "a number of 1000000 characters");
  expect(parse(`[${"[],".repeat(1000)}1]`)).toHaveLength(1001);
});

test("the number of values is limited, for two bytes can make one", () => {
  expectRefusal(() => parse(`[${"0,".repeat(10_000_000)}0]`), "LIMIT_EXCEEDED", "jsonValues allows 10000000");
});

test("any bytes give a value or a RelayError", () => {
  const pieces = ['{"a":', "[", "]", "}", ",", '"', "\\", "1", "-", "e", ".", "NaN", " ", "\\u00", "é", "\0"];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 30 }), (parts) => {
      const text = parts.join("");
      try {
        parse(text);
      } catch (error) {
        if (!(error instanceof RelayError)) throw error;
        expect(() => JSON.parse(text.replaceAll("NaN", " null "))).toThrow();
      }
    }),
    { numRuns: 1000 },
  );
});

test("of equal keys the last counts, or they are refused", () => {
  const twice = Buffer.from('{"a":{"b":1,"b":2},"__proto__":3}');
  expect(parseJson(twice, "test.json")).toMatchObject({ a: { b: 2 } });
  const strict = () => parseJson(twice, "test.json", { duplicateKeys: "refuse" });
  expectRefusal(strict, "FILE_CORRUPT", /the key "b" occurs twice/);
  expect(parseJson(Buffer.from('{"__proto__":3}'), "test.json", { duplicateKeys: "refuse" })).toEqual(
    JSON.parse('{"__proto__":3}'),
  );
});
