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
