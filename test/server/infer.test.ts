import path from "node:path";
import { expect, test } from "vitest";
import { type DType, FileSource, readNpz, Tensor } from "../../dist/index.js";
import { DIGITS, echoOf, failure, post, type Reply, serveEcho, serving } from "./serving.ts";

interface JsonOutput {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
  readonly data: readonly (number | string | boolean)[];
}

function outputsOf({ status, text }: Reply): readonly JsonOutput[] {
  expect(status, text).toBe(200);
  return (JSON.parse(text) as { outputs: readonly JsonOutput[] }).outputs;
}

/** The first images of the archive. */
function images(archive: FileSource, count: number): Tensor {
  const pixels = new Map(readNpz(archive)).get("images")?.data ?? [];
  const data = Float32Array.from({ length: count * 784 }, (_, i) => Number(pixels[i]));
  return new Tensor("float32", data, [count, 1, 28, 28]);
}

test("a model file answers as the library does", async () => {
  const { engine, server, url } = await serving();
  await server.load("digits", DIGITS);
  const archive = new FileSource(path.join(path.dirname(DIGITS), "test-images.npz"));
  const x = images(archive, 3);
  archive.close();
  const model = await engine.load(DIGITS);
  const { logits } = await model.infer({ x });
  const input = { name: "x", datatype: "FP32", shape: x.shape, data: [...x.data] };
  const reply = await post(`${url}/v2/models/digits/versions/1/infer`, { id: "42", inputs: [input] });
  expect(JSON.parse(reply.text)).toMatchObject({ model_name: "digits", model_version: "1", id: "42" });
  const [output] = outputsOf(reply);
  expect(output).toMatchObject({ name: "logits", datatype: "FP32", shape: [3, 10] });
  const difference = (output?.data ?? []).map((value, i) => Math.abs(Number(value) - Number(logits?.data[i])));
  expect(difference).toHaveLength(30);
  expect(Math.max(...difference)).toBeLessThan(1e-4);
});

const EXTREMES: readonly [dtype: DType, datatype: string, elements: readonly string[]][] = [
  ["bool", "BOOL", ["true", "false"]],
  ["uint8", "UINT8", ["0", "255"]],
  ["uint16", "UINT16", ["0", "65535"]],
  ["uint32", "UINT32", ["0", "4294967295"]],
  ["uint64", "UINT64", ["9007199254740993", "18446744073709551615"]],
  ["int8", "INT8", ["-128", "127"]],
  ["int16", "INT16", ["-32768", "32767"]],
  ["int32", "INT32", ["-2147483648", "2147483647"]],
  ["int64", "INT64", ["-9223372036854775808", "9223372036854775807"]],
  ["float32", "FP32", ["3.4028234663852886e+38", "-0.0", "0.10000000149011612", '"NaN"', '"Infinity"', '"-Infinity"']],
  ["float64", "FP64", ["5e-324", "1.7976931348623157e+308", "0.1", '"NaN"', '"Infinity"', '"-Infinity"']],
];

test.each(EXTREMES)("%s goes through JSON exactly", async (dtype, datatype, elements) => {
  const { url } = await serveEcho(echoOf([dtype]));
  const data = `[${elements.join()}]`;
  const body = `{"inputs":[{"name":"x_${dtype}","datatype":"${datatype}","shape":[1,${elements.length}],"data":${data}}]}`;
  const { text } = await post(`${url}/v2/models/echo/infer`, body);
  expect(text).toContain(`"datatype":"${datatype}","shape":[1,${elements.length}],"data":${data}}`);
});

function input(datatype: string, shape: readonly number[], data: unknown): string {
  return JSON.stringify({ inputs: [{ name: `x_int32`, datatype, shape, data }] });
}

test("data is flat, or nested as the shape says", async () => {
  const { url } = await serveEcho(echoOf(["int32"]));
  const legal: [number[], unknown][] = [
    [
      [2, 3],
      [1, 2, 3, 4, 5, 6],
    ],
    [
      [2, 3],
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
    ],
    [[0, 3], []],
    [
      [2, 0],
      [[], []],
    ],
    [[2, 0], []],
  ];
  for (const [shape, data] of legal) {
    const [output] = outputsOf(await post(`${url}/v2/models/echo/infer`, input("INT32", shape, data)));
    expect(output).toMatchObject({ shape, data: (data as unknown[]).flat() });
  }
});

test("Python's words for what JSON cannot say are understood", async () => {
  const { url } = await serveEcho(echoOf(["float32"]));
  const body = '{"inputs":[{"name":"x_float32","datatype":"FP32","shape":[1,3],"data":[NaN, Infinity, -Infinity]}]}';
  expect((await post(`${url}/v2/models/echo/infer`, body)).text).toContain('["NaN","Infinity","-Infinity"]');
});

test("requests that do not say what the protocol asks are refused, and nothing is computed", async () => {
  const { url } = await serveEcho(echoOf(["int32"]));
  const ragged = [[1, 2, 3], [4]];
  const good = { name: "x_int32", datatype: "INT32", shape: [1, 1], data: [1] };
  const bad: [body: unknown, code: string][] = [
    ["", "REQUEST_INVALID"],
    ["[]", "REQUEST_INVALID"],
    ['{"inputs":[', "REQUEST_INVALID"],
    ["[".repeat(100_000), "REQUEST_INVALID"],
    [{}, "REQUEST_INVALID"],
    [{ inputs: [] }, "INPUT_NAME"],
    [{ inputs: [{ ...good, name: "y" }] }, "INPUT_NAME"],
    [{ inputs: [{ ...good, name: "__proto__" }] }, "INPUT_NAME"],
    [{ inputs: [good, good] }, "REQUEST_INVALID"],
    [{ inputs: [good], id: 7 }, "REQUEST_INVALID"],
    [{ inputs: [good], outputs: [{ name: "z" }] }, "OUTPUT_NAME"],
    [{ inputs: [good], outputs: [{ name: "y_int32", parameters: { shared_memory_region: "r" } }] }, "REQUEST_INVALID"],
    [{ inputs: [good], parameters: { timeout: -1 } }, "REQUEST_INVALID"],
    [{ inputs: [good], parameters: { priority: 1001 } }, "REQUEST_INVALID"],
    [input("INT33", [1, 1], [1]), "REQUEST_INVALID"],
    [input("INT64", [1, 1], [1]), "INPUT_DTYPE"],
    [input("INT32", [1], [1]), "INPUT_SHAPE"],
    [input("INT32", [1, -1], [1]), "REQUEST_INVALID"],
    [input("INT32", [1, 1e15], [1]), "REQUEST_INVALID"],
    [input("INT32", Array(65).fill(1), [1]), "REQUEST_INVALID"],
    [input("INT32", [1, 2], [1]), "REQUEST_INVALID"],
    [input("INT32", [2, 2], ragged), "REQUEST_INVALID"],
    [input("INT32", [2, 1], [[[1]], [[2]]]), "REQUEST_INVALID"],
    [input("INT32", [1, 1], [1.5]), "REQUEST_INVALID"],
    [input("INT32", [1, 1], [2 ** 31]), "REQUEST_INVALID"],
    [input("INT32", [1, 1], [true]), "REQUEST_INVALID"],
    [input("INT32", [1, 1], ["1"]), "REQUEST_INVALID"],
    [input("INT32", [1, 1], [null]), "REQUEST_INVALID"],
    [input("INT32", [1, 1], 1), "REQUEST_INVALID"],
  ];
  for (const [body, code] of bad) {
    expect(failure(await post(`${url}/v2/models/echo/infer`, body)), JSON.stringify(body).slice(0, 200)).toEqual([
      400,
      code,
    ]);
  }
});

test("numbers that a dtype cannot hold are refused rather than changed", async () => {
  const { url } = await serveEcho(echoOf(["float32", "int64"]));
  const good = { float32: "1", int64: "1" };
  const bad = [{ float32: "1e39" }, { int64: "9223372036854775808" }, { int64: "1e18" }, { int64: "1.5" }];
  for (const elements of bad) {
    const { float32, int64 } = { ...good, ...elements };
    const body = `{"inputs":[{"name":"x_float32","datatype":"FP32","shape":[1,1],"data":[${float32}]},{"name":"x_int64","datatype":"INT64","shape":[1,1],"data":[${int64}]}]}`;
    expect(failure(await post(`${url}/v2/models/echo/infer`, body)), body).toEqual([400, "REQUEST_INVALID"]);
  }
});

test("outputs are those asked for, in that order", async () => {
  const { url } = await serveEcho(echoOf(["int32", "bool"]));
  const inputs = [
    { name: "x_int32", datatype: "INT32", shape: [1, 1], data: [1] },
    { name: "x_bool", datatype: "BOOL", shape: [1, 1], data: [0] },
  ];
  const names = async (...asked: string[]): Promise<string[]> => {
    const outputs = asked.map((name) => ({ name }));
    return outputsOf(await post(`${url}/v2/models/echo/infer`, { inputs, outputs })).map(({ name }) => name);
  };
  expect(await names()).toEqual(["y_int32", "y_bool"]);
  expect(await names("y_bool")).toEqual(["y_bool"]);
  expect(await names("y_bool", "y_int32")).toEqual(["y_bool", "y_int32"]);
});
