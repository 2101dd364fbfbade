import { expect, test } from "vitest";
import { type DType, Tensor, type TypedArray } from "../../src/core/index.ts";
import { bytesElements } from "../../src/server/bytes-elements.ts";
import { classify } from "../../src/server/classification.ts";
import { echoOf, failure, post, serveEcho } from "./serving.ts";

function rowOf<D extends DType>(dtype: D, data: TypedArray): Tensor {
  return new Tensor(dtype, data as never, [1, data.length]);
}

/** The classes of one row. */
const TABLE: readonly [what: string, tensor: Tensor, count: number, texts: readonly string[]][] = [
  ["best first", rowOf("float32", Float32Array.of(0.1, 0.7, 0.2)), 2, ["0.7:1", "0.2:2"]],
  ["all when more are asked for", rowOf("float32", Float32Array.of(0.25, 0.5)), 9, ["0.5:1", "0.25:0"]],
  ["equal ones by index", rowOf("int32", Int32Array.of(3, 5, 3, 5)), 3, ["5:1", "5:3", "3:0"]],
  ["NaN last", rowOf("float64", Float64Array.of(Number.NaN, -1, Number.NaN, 1)), 4, ["1:3", "-1:1", "NaN:0", "NaN:2"]],
  [
    "infinities by value",
    rowOf("float32", Float32Array.of(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)),
    2,
    ["Infinity:1", "-Infinity:0"],
  ],
  [
    "64-bit integers exactly",
    rowOf("uint64", BigUint64Array.of(2n ** 53n, 2n ** 53n + 1n, 2n ** 64n - 1n)),
    2,
    ["18446744073709551615:2", "9007199254740993:1"],
  ],
  ["half floats by value", rowOf("float16", Uint16Array.of(0xbc00, 0x3c00, 0x3800)), 3, ["1:1", "0.5:2", "-1:0"]],
  ["brain floats by value", rowOf("bfloat16", Uint16Array.of(0xbf80, 0x4049)), 2, ["3.140625:1", "-1:0"]],
  ["booleans as numbers", rowOf("bool", Uint8Array.of(0, 1)), 2, ["1:1", "0:0"]],
  ["no classes of nothing", rowOf("float32", new Float32Array(0)), 3, []],
];

test.each(TABLE)("a row gives %s", (_, tensor, count, texts) => {
  expect(classify(tensor, { count, hasRows: true })).toEqual({ shape: [1, texts.length], texts });
  const flat = new Tensor(tensor.dtype, tensor.data, [tensor.data.length]);
  expect(classify(flat, { count, hasRows: false })).toEqual({ shape: [texts.length], texts });
});

test("each row has its own classes, over all further dimensions, with the labels that there are", () => {
  const tensor = new Tensor("float32", Float32Array.of(1, 2, 3, 4, 8, 7, 6, 5), [2, 2, 2]);
  expect(classify(tensor, { count: 2, hasRows: true, labels: ["cat", "dog", "bird"] })).toEqual({
    shape: [2, 2],
    texts: ["4:3", "3:2:bird", "8:0:cat", "7:1:dog"],
  });
  expect(classify(new Tensor("float32", new Float32Array(0), [0, 3]), { count: 2, hasRows: true })).toEqual({
    shape: [0, 2],
    texts: [],
  });
});

test("a float32 is written with the digits that give it again", () => {
  const values = Float32Array.of(
    0.1,
    16777216,
    1e-7,
    3.4028234663852886e38,
    1 / 3,
    1.1754943508222875e-38,
    -0,
    123456.79,
  );
  const { texts } = classify(rowOf("float32", values), { count: values.length, hasRows: true });
  for (const text of texts) {
    const [value = "", index = ""] = text.split(":");
    expect(value.length).toBeLessThanOrEqual("-1.23456789e-38".length);
    expect(Math.fround(Number(value))).toBe((values[Number(index)] as number) + 0);
  }
});

test("texts become elements with their length in bytes before them", () => {
  expect([...bytesElements(["é", ""])]).toEqual([2, 0, 0, 0, 0xc3, 0xa9, 0, 0, 0, 0]);
});

function request(output: object, data: readonly number[] = [5, 9, 7, 1, 3, 2]): object {
  const input = { name: "x_int32", datatype: "INT32", shape: [2, 3], data };
  return { inputs: [input], outputs: [{ name: "y_int32", ...output }] };
}

test("a request may ask for classes, in JSON and as binary data", async () => {
  const { url } = await serveEcho(echoOf(["int32"]));
  const infer = `${url}/v2/models/echo/infer`;
  const json = await post(infer, request({ parameters: { classification: 2 } }));
  const data = ["9:1", "7:2", "3:1", "2:2"];
  expect(JSON.parse(json.text).outputs).toEqual([{ name: "y_int32", datatype: "BYTES", shape: [2, 2], data }]);
  const binary = await post(infer, request({ parameters: { classification: 2, binary_data: true } }));
  const length = Number(binary.headers.get("inference-header-content-length"));
  expect(JSON.parse(binary.text.slice(0, length)).outputs).toEqual([
    { name: "y_int32", datatype: "BYTES", shape: [2, 2], parameters: { binary_data_size: 28 } },
  ]);
  expect(binary.text.slice(length)).toBe(Buffer.from(bytesElements(data)).toString());
});

test("large answers of classes are the same as small ones", async () => {
  const { url } = await serveEcho(echoOf(["int32"]));
  const rows = 10_000;
  const data = Array.from({ length: 3 * rows }, (_, i) => (i % 3 === Math.floor(i / 3) % 3 ? 9 : 1));
  const input = { name: "x_int32", datatype: "INT32", shape: [rows, 3], data };
  const body = { inputs: [input], outputs: [{ name: "y_int32", parameters: { classification: 1 } }] };
  const [output] = JSON.parse((await post(`${url}/v2/models/echo/infer`, body)).text).outputs;
  expect(output.shape).toEqual([rows, 1]);
  expect(output.data).toEqual(Array.from({ length: rows }, (_, row) => `9:${row % 3}`));
});

test("half floats have classes in JSON, though no elements", async () => {
  const { url } = await serveEcho(echoOf(["float16"]));
  const head = JSON.stringify({
    inputs: [{ name: "x_float16", datatype: "FP16", shape: [1, 2], parameters: { binary_data_size: 4 } }],
    outputs: [{ name: "y_float16", parameters: { classification: 1 } }],
  });
  const reply = await post(`${url}/v2/models/echo/infer`, `${head}\0<\0\0`, {
    "inference-header-content-length": String(head.length),
  });
  expect(JSON.parse(reply.text).outputs[0].data).toEqual(["1:0"]);
});

test.each([0, -1, 1.5, "2", true, null])("asking for %j classes is refused", async (classification) => {
  const { url } = await serveEcho(echoOf(["int32"]));
  const reply = await post(`${url}/v2/models/echo/infer`, request({ parameters: { classification } }));
  expect(failure(reply)).toEqual([400, "REQUEST_INVALID"]);
});
