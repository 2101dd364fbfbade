import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeProtobuf, measureProtobuf, type ProtobufFields } from "../../src/container/index.ts";
import { decodeFields } from "../lowering/onnx-model.ts";

const INNER: ProtobufFields = { a: [1, "int64"] };
const FIELDS: ProtobufFields = {
  a: [1, "int64"],
  b: [2, "string"],
  c: [3, { fields: INNER }],
  d: [4, "float"],
  e: [5, "bytes"],
  z: [16, "int64"],
};

function hex(message: Parameters<typeof encodeProtobuf>[1]): string {
  return Buffer.from(encodeProtobuf(FIELDS, message)).toString("hex");
}

test("encodes the examples of protobuf's own documentation", () => {
  expect(hex({ a: 150 })).toBe("089601");
  expect(hex({ b: "testing" })).toBe("120774657374696e67");
  expect(hex({ c: { a: 150 } })).toBe("1a03089601");
});

test("encodes negative integers in ten bytes, tags above 15 in two, repeated fields one by one", () => {
  expect(hex({ a: -1 })).toBe("08ffffffffffffffffff01");
  expect(hex({ z: 1 })).toBe("800101");
  expect(hex({ a: [1, 2], d: 1.5 })).toBe("080108022500 00c03f".replace(" ", ""));
});

test("leaves out absent fields and keeps empty ones", () => {
  expect(hex({})).toBe("");
  expect(hex({ a: undefined, b: "", c: {}, e: new Uint8Array(0) })).toBe("12001a002a00");
});

test("what is written is read back", () => {
  const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
  fc.assert(
    fc.property(fc.array(int64), fc.string({ unit: "grapheme" }), fc.uint8Array(), (numbers, text, bytes) => {
      const fields = decodeFields(encodeProtobuf(FIELDS, { a: numbers, b: text, e: bytes }));
      expect((fields.get(1) ?? []).map(BigInt as (value: unknown) => bigint)).toEqual(numbers);
      expect(Buffer.from(fields.get(2)?.[0] as Uint8Array).toString()).toBe(text);
      expect(new Uint8Array(fields.get(5)?.[0] as Uint8Array)).toEqual(bytes);
    }),
  );
});

test("bytes that come in parts are written as if they were given whole, and not read to measure", () => {
  const parts = [new Uint8Array([1, 2]), new Uint8Array([]), new Uint8Array([3])];
  let reads = 0;
  const e = {
    byteLength: 3,
    parts: () => {
      reads++;
      return parts;
    },
  };
  expect(measureProtobuf(FIELDS, { a: 1, e }).byteLength).toBe(7);
  expect(reads).toBe(0);
  expect(hex({ a: 1, e })).toBe(hex({ a: 1, e: new Uint8Array([1, 2, 3]) }));
});
