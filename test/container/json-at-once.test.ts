import fc from "fast-check";
import { expect, test } from "vitest";
import { type JsonValue, parseJson, parseJsonAtOnce } from "../../src/container/index.ts";
import { LIMITS } from "../../src/core/index.ts";
import { expectRefusal } from "./expect-refusal.ts";

function outcome(parse: (bytes: Uint8Array, file: string) => JsonValue, text: string): unknown {
  try {
    return { value: parse(Buffer.from(text), "test.json") };
  } catch (error) {
    return { error: String(error) };
  }
}

function expectSame(text: string): void {
  expect(outcome(parseJsonAtOnce, text)).toStrictEqual(outcome(parseJson, text));
}

const PIECES = ["[", "]", "{", "}", ",", ":", '"', " ", "\n", '"a"', "\\", "\\u0001", "\u0001", "null", "NaN", "true"];
const NUMBERS = [
  "0",
  "-0",
  "-0.0",
  "7",
  "1.5e3",
  "9007199254740993",
  "-9223372036854775808",
  "0000000000000000123",
  "1e999",
];
const FRAMES = [
  "%",
  "[%]",
  '{"a": %, "b": [%]}',
  '"%"',
  '["x %", "%, 1", " % "]',
  '{"__proto__": {"a": %}}',
  "[1, %\n]",
];

test.each(NUMBERS.flatMap((number) => FRAMES.map((frame) => frame.replaceAll("%", number))))(
  "%s is read as ever",
  (text) => {
    expectSame(text);
  },
);

test("what JSON.stringify writes is read as ever", () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => expectSame(JSON.stringify(value))));
});

test("what is no JSON is refused as ever", () => {
  const text = fc.array(fc.constantFrom(...PIECES, ...NUMBERS), { maxLength: 8 }).map((pieces) => pieces.join(""));
  fc.assert(fc.property(text, expectSame), { numRuns: 2000 });
});

test("objects inherit nothing", () => {
  const value = parseJsonAtOnce(Buffer.from('{"a": {}}'), "test.json") as { a: object };
  expect("toString" in value).toBe(false);
  expect("toString" in value.a).toBe(false);
});

test("a number of too many digits is refused", () => {
  expectSame(`[${"9".repeat(401)}]`);
});

test("nesting has a limit", () => {
  const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
  expectSame(nested(LIMITS.nesting));
  const text = nested(LIMITS.nesting + 1);
  expectRefusal(() => parseJsonAtOnce(Buffer.from(text), "test.json"), "FILE_CORRUPT", /nested deeper than 200/);
});
