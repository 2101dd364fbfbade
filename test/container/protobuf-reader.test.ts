import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeProtobuf, encodeProtobuf, type ProtobufFields } from "../../src/container/index.ts";
import { LIMITS, RelayError } from "../../src/core/index.ts";
import { expectRefusal } from "./expect-refusal.ts";

const FIELDS: ProtobufFields = {
  a: [1, "int64"],
  b: [2, "string"],
  c: [
    3,
    {
      get fields(): ProtobufFields {
        return FIELDS;
      },
    },
  ],
  e: [5, "bytes"],
  z: [100, "int64"],
};

function decode(hex: string, fields: ProtobufFields = FIELDS): ReturnType<typeof decodeProtobuf> {
  return decodeProtobuf(Buffer.from(hex, "hex"), fields, "test.onnx");
}

test("decodes the examples of protobuf's own documentation", () => {
  expect(decode("089601").integer("a")).toBe(150);
  expect(decode("120774657374696e67").text("b")).toBe("testing");
  expect(decode("1a03089601").record("c")?.integer("a")).toBe(150);
  expect(decode("").integer("a")).toBeUndefined();
});

test("what is written is read back, whatever fields are not wanted", () => {
  const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
  fc.assert(
    fc.property(int64, fc.string({ unit: "grapheme" }), fc.uint8Array(), int64, (a, b, e, z) => {
      const bytes = encodeProtobuf(FIELDS, { a, b, c: [{ a }, { b }], e, z });
      const record = decodeProtobuf(bytes, FIELDS, "test.onnx");
      expect([BigInt(record.integer("a") ?? 0), record.text("b")]).toEqual([a, b]);
      expect(record.records("c").map((inner) => inner.text("b"))).toEqual([undefined, b]);
      expect(record.children()).toHaveLength(2);
      const last = decodeProtobuf(bytes, { z: [100, "int64"] }, "test.onnx");
      expect(BigInt(last.integer("z") ?? 0)).toBe(z);
    }),
  );
});

test("fields of every wire type are skipped when they are not wanted", () => {
  expect(decode("3101020304050607083d0102030408 05".replaceAll(" ", "")).integer("a")).toBe(5);
});

test.each([
  ["a key cut short", "88", /cut short/],
  ["a value cut short", "0896", /cut short/],
  ["a text cut short", "120774", /cut short/],
  ["a length of 2^63", "12ffffffffffffffff7f", /cut short/],
  ["a number without end", "08ffffffffffffffffffff01", /cut short/],
  ["a group", "0b", /its field a has another type/],
  ["an unknown group", "33", /the wire type 3/],
  ["a text for a message", "1800", /its field c has another type/],
  ["a field number beyond 2^29", "80808080800100", /an illegal number/],
])("refuses %s", (_, hex, problem) => {
  expectRefusal(() => decode(hex), "FILE_CORRUPT", problem);
});

test("a field that should occur once is refused when it occurs twice, packed or not", () => {
  expectRefusal(() => decode("08010802").integer("a"), "FILE_CORRUPT", /its field a occurs twice/);
  expectRefusal(() => decode("0a020102").integer("a"), "FILE_CORRUPT", /its field a occurs twice/);
  expect(decode("0a0101").integer("a")).toBe(1);
});

test("repeated fields are read, packed or not", () => {
  expect(decode("08010a04027f9601").integers("a")).toEqual([1, 2, 127, 150]);
  expect(
    decode("2a02ff002a00")
      .bytes("e")
      .map((bytes) => [...bytes]),
  ).toEqual([[255, 0], []]);
  expect([decode("").integers("a"), decode("").bytes("e")]).toEqual([[], []]);
});

test("limits are named", () => {
  let nested: Uint8Array = new Uint8Array(0);
  for (let depth = 0; depth < 300; depth++) nested = encodeProtobuf({ c: [3, "bytes"] }, { c: nested });
  expectRefusal(() => decodeProtobuf(nested, FIELDS, "test.onnx"), "LIMIT_EXCEEDED", /nesting/);
  const limits = { ...LIMITS, protobufMessages: 100 };
  const many = Buffer.from("1a00".repeat(100), "hex");
  expectRefusal(() => decodeProtobuf(many, FIELDS, "test.onnx", limits), "LIMIT_EXCEEDED", /protobufMessages/);
  const few = { ...LIMITS, protobufIntegers: 3 };
  const integers = Buffer.from("08010a03010101", "hex");
  expectRefusal(() => decodeProtobuf(integers, FIELDS, "test.onnx", few), "LIMIT_EXCEEDED", /protobufIntegers/);
  const packed = encodeProtobuf({ a: [1, "bytes"] }, { a: new Uint8Array(1_000_000) });
  expectRefusal(() => decodeProtobuf(packed, FIELDS, "test.onnx").integer("a"), "FILE_CORRUPT", /twice/);
});

test("any bytes give a record or a RelayError", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        decodeProtobuf(bytes, FIELDS, "test.onnx").children();
      } catch (error) {
        if (!(error instanceof RelayError)) throw error;
      }
    }),
    { numRuns: 1000 },
  );
});
