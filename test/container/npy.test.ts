import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { FileSource, MemorySource, readNpy, readNpz, writeNpy, writeNpz } from "../../src/container/index.ts";
import { RelayError, Tensor } from "../../src/core/index.ts";
import { expectRefusal } from "./expect-refusal.ts";

const FOLDER = "test/fixtures/npy/";
const expected = JSON.parse(readFileSync(`${FOLDER}expected.json`, "utf8")) as Record<
  string,
  { shape: number[]; hex: string }
>;

function npz(name: string): ReadonlyMap<string, Tensor> {
  const source = new FileSource(`${FOLDER}${name}`);
  const tensors = new Map(readNpz(source));
  source.close();
  return tensors;
}

const arrays = npz("arrays.npz");
const hex = (tensor: Tensor | undefined) => tensor && Buffer.from(tensor.bytes).toString("hex");

test("an .npz holds its arrays in the order NumPy wrote them", () => {
  expect([...arrays.keys()]).toEqual(Object.keys(expected));
  expect([...npz("compressed.npz").keys()]).toEqual(["b", "a"]);
});

test.each(Object.entries(expected))("reads %s as NumPy does", (name, { shape, hex: values }) => {
  const tensor = arrays.get(name);
  expect({ shape: tensor?.shape, values: hex(tensor) }).toEqual({ shape, values });
});

test("dtypes are told by their codes", () => {
  const dtypes = [...arrays].map(([name, { dtype }]) => [name, dtype]);
  const others = {
    scalar: "float64",
    empty: "float32",
    fortran: "int32",
    big_endian: "int32",
    big_endian_complex: "complex64",
  };
  expect(dtypes).toEqual(
    Object.keys(expected).map((name) => [name, { ...others }[name as keyof typeof others] ?? name]),
  );
});

test("arrays in Fortran order are transposed", () => {
  expect([...(arrays.get("fortran")?.data ?? [])]).toEqual(Array.from({ length: 24 }, (_, i) => i));
});

test.each(["version-2.npy", "version-3.npy"])("reads %s", (name) => {
  expect(hex(readNpy(readFileSync(FOLDER + name), name))).toBe(expected["int32"]?.hex);
});

test("compressed arrays are read", () => {
  expect(hex(npz("compressed.npz").get("b"))).toBe(expected["int64"]?.hex);
});

test("an aligned array is a view of its file", () => {
  const bytes = new Uint8Array(writeNpy(new Tensor("float32", Float32Array.of(1, 2), [2])));
  const tensor = readNpy(bytes, "x.npy");
  expect(tensor.data.buffer).toBe(bytes.buffer);
  const shifted = new Uint8Array(bytes.length + 1);
  shifted.set(bytes, 1);
  expect([...readNpy(shifted.subarray(1), "x.npy").data]).toEqual([1, 2]);
});

test("what is written is read back", () => {
  const tensors = [...arrays];
  const again = readNpz(new MemorySource(writeNpz(tensors), "again.npz"));
  expect(again.map(([name, tensor]) => [name, tensor.dtype, tensor.shape, hex(tensor)])).toEqual(
    tensors.map(([name, tensor]) => [name, tensor.dtype, tensor.shape, hex(tensor)]),
  );
});

test("files are written as NumPy writes them", () => {
  const tensor = arrays.get("int32");
  if (!tensor) throw new Error("the fixture lacks int32");
  const written = Buffer.from(writeNpy(tensor));
  const byNumPy = readFileSync(`${FOLDER}version-2.npy`);
  expect(written.subarray(10).toString("latin1").trim()).toContain(
    "{'descr': '<i4', 'fortran_order': False, 'shape': (2, 3), }",
  );
  expect(written.length).toBe(byNumPy.length);
  expect(Buffer.from(writeNpz([["a", tensor]]))).toEqual(Buffer.from(writeNpz([["a", tensor]])));
});

test("names keep their order, whatever they look like", () => {
  const one = new Tensor("bool", Uint8Array.of(1), []);
  const names = ["10", "2", "z", "__proto__", "past.0", "a/b"];
  const written = writeNpz(names.map((name) => [name, one]));
  expect(readNpz(new MemorySource(written, "x.npz")).map(([name]) => name)).toEqual(names);
});

test("bfloat16 is written as float32, which holds each of its values", () => {
  const bits = Uint16Array.of(0x3f80, 0xc020, 0x7f80, 0x0001);
  const tensor = readNpy(writeNpy(new Tensor("bfloat16", bits, [4])), "x.npy");
  expect(tensor.dtype).toBe("float32");
  expect([...tensor.data]).toEqual([1, -2.5, Number.POSITIVE_INFINITY, 2 ** -133]);
});

function header(dict: string, dataBytes = 0): Uint8Array {
  const head = Buffer.from(`\x93NUMPY\x01\x00\x00\x00${dict}`, "latin1");
  head.writeUInt16LE(dict.length, 8);
  return Buffer.concat([head, Buffer.alloc(dataBytes)]);
}

test.each<[string, Uint8Array, RegExp]>([
  ["text", readFileSync(`${FOLDER}text.npy`), /<U2/],
  ["objects", readFileSync(`${FOLDER}objects.npy`), /\|O/],
  ["records", header("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", 4), /descr/],
])("refuses arrays of %s", (_, bytes, given) => {
  expectRefusal(() => readNpy(bytes, "x.npy"), "TENSOR_INVALID", given);
});

test.each<[string, Uint8Array, RegExp]>([
  ["no array", Buffer.from("hello, world"), /no NumPy array/],
  ["an empty file", new Uint8Array(), /no NumPy array/],
  ["a version to come", Buffer.from("\x93NUMPY\x09\x00\x02\x00\x00\x00{}", "latin1"), /version 9/],
  ["an endless header", Buffer.from("\x93NUMPY\x01\x00\xff\xff{}   ", "latin1"), /claims 65535 bytes/],
  ["too little data", header("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", 7), /wants 8 bytes of the 7/],
  [
    "an absurd shape",
    header("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999, 99999999999), }"),
    /wants/,
  ],
  [
    "an overflowing shape",
    header(`{'descr': '<f4', 'fortran_order': False, 'shape': (0, ${"9".repeat(400)}), }`),
    /wants/,
  ],
  ["too many axes", header(`{'descr': '<f4', 'fortran_order': False, 'shape': (${"1,".repeat(65)}), }`, 4), /wants/],
  ["no shape", header("{'descr': '<f4', 'fortran_order': False, }", 4), /lacks a field/],
])("refuses %s", (_, bytes, problem) => {
  expectRefusal(() => readNpy(bytes, "x.npy"), "FILE_CORRUPT", problem);
});

test("any bytes give tensors or a RelayError", () => {
  const whole = readFileSync(`${FOLDER}compressed.npz`);
  const flips = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(flips, (changes) => {
      const bytes = Uint8Array.from(whole);
      for (const [at, value] of changes) bytes[at] = value;
      try {
        readNpz(new MemorySource(bytes, "x.npz"));
      } catch (error) {
        if (!(error instanceof RelayError)) throw error;
      }
    }),
    { numRuns: 500 },
  );
});
