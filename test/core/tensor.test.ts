import { expect, expectTypeOf, test } from "vitest";
import { DTYPES, type DType, isDType, RelayError, Tensor, type TypedArray } from "../../src/core/index.ts";

test.each(Object.entries(DTYPES))("%s: its own typed array, and no other", (name, { array, lanes, bytes }) => {
  const dtype = name as DType;
  const tensor = new Tensor(dtype, new array(6 * lanes), [2, 3]);
  expect(tensor.bytes.byteLength).toBe(6 * bytes);
  const wrong = array === Float32Array ? new Float64Array(6 * lanes) : new Float32Array(6 * lanes);
  expect(() => new Tensor(dtype, wrong as TypedArray as never, [2, 3])).toThrow(RelayError);
});

test.each<[unknown, string]>([
  [[2, 2], "5 elements for shape [2, 2]; legal: 4 elements"],
  [[-1, 5], "shape [-1,5]; legal: an array of whole numbers"],
  [[2.5, 2], "shape [2.5,2]"],
  [5, "shape 5"],
])("shape %j is refused", (shape, message) => {
  expect(() => new Tensor("float32", new Float32Array(5), shape as number[])).toThrow(message);
});

test("a tensor is a view of the caller's array", () => {
  const data = new Float32Array([1, 2, 3, 4]);
  const tensor = new Tensor("float32", data.subarray(1, 3), [2]);
  data[1] = 9;
  expect([...tensor.data]).toEqual([9, 3]);
  expect(tensor.bytes).toHaveLength(8);
});

test("unknown dtypes are refused, inherited names too", () => {
  expect(["float32", "bool", "toString", "float"].map(isDType)).toEqual([true, true, false, false]);
  expect(() => new Tensor("toString" as never, new Float32Array(1) as never, [1])).toThrow("dtype toString");
});

test("the type of the data follows the dtype", () => {
  expectTypeOf(new Tensor("int64", new BigInt64Array(1), [1]).data).toEqualTypeOf<BigInt64Array>();
  expectTypeOf<Tensor["data"]>().toEqualTypeOf<TypedArray>();
});

const LONG = 2n ** 63n;

test.each<[DType, readonly unknown[], readonly (number | bigint)[]]>([
  ["int64", [1, -2, 2n ** 62n], [1n, -2n, 2n ** 62n]],
  ["uint64", [0, 2n ** 64n - 1n], [0n, 2n ** 64n - 1n]],
  ["int8", [-128, 127n], [-128, 127]],
  ["bool", [true, 0, 1, false], [1, 0, 1, 0]],
  ["float32", [0.1, Number.NaN], [Math.fround(0.1), Number.NaN]],
  ["float64", [0.1, Number.NEGATIVE_INFINITY], [0.1, Number.NEGATIVE_INFINITY]],
  ["float16", [1, -0.5, 65504, 2 ** -24, Number.POSITIVE_INFINITY], [0x3c00, 0xb800, 0x7bff, 1, 0x7c00]],
  ["bfloat16", [1, -3, 2 ** -133], [0x3f80, 0xc040, 1]],
])("plain elements of %s are taken where they are exact", (dtype, elements, data) => {
  const tensor = new Tensor(dtype, elements as number[], [elements.length]);
  expect([...tensor.data]).toEqual(data);
});

test.each<[DType, unknown]>([
  ["int64", 2 ** 53],
  ["int64", 0.5],
  ["int64", Number.NaN],
  ["int64", LONG],
  ["uint8", 256],
  ["uint8", -1],
  ["int32", true],
  ["bool", 2],
  ["float32", 1e39],
  ["float32", 1n],
  ["float16", 0.1],
  ["float16", 65520],
  ["bfloat16", 257],
  ["float64", "1"],
])("%s takes no element %s", (dtype, element) => {
  expect(() => new Tensor(dtype, [0, element] as number[], [2])).toThrow(/^not a tensor: element 1 of /);
});
