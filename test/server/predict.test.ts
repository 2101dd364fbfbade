import { expect, test } from "vitest";
import { Tensor } from "../../dist/index.js";
import { DIGITS, echoOf, failure, get, post, serveEcho, serving } from "./serving.ts";

test("rows go in and rows come out", async () => {
  const { engine, server, url } = await serving();
  await server.load("digits", DIGITS);
  const row = (value: number): number[][][] => [Array(28).fill(Array(28).fill(value))];
  const reply = await post(`${url}/v1/models/digits:predict`, { instances: [row(0), row(0.5)] });
  const { predictions } = JSON.parse(reply.text) as { predictions: number[][] };
  expect(predictions.map((prediction) => prediction.length)).toEqual([10, 10]);
  const x = new Tensor("float32", new Float32Array(784).fill(0.5), [1, 1, 28, 28]);
  const { logits } = await (await engine.load(DIGITS)).infer({ x });
  for (const [i, value] of (predictions[1] ?? []).entries()) expect(value).toBeCloseTo(Number(logits?.data[i]), 4);
  expect((await get(`${url}/v1/models/digits`)).text).toBe('{"name":"digits","ready":true}');
  await server.load("digits", DIGITS, { version: "2" });
  await expect(server.load("absent", "absent.pt2")).rejects.toMatchObject({ code: "FILE_UNREADABLE" });
  expect((await get(`${url}/v1/models`)).text).toBe('{"models":["digits","absent"]}');
});

test("several inputs and outputs are objects by name", async () => {
  const { url } = await serveEcho(echoOf(["int64", "bool"]));
  const text =
    '{"instances":[{"x_int64":[9007199254740993,1],"x_bool":[true,false]},{"x_bool":[0,1],"x_int64":[2,3]}]}';
  const reply = await post(`${url}/v1/models/echo:predict`, text);
  expect(reply.text).toBe(
    '{"predictions":[{"y_int64":[9007199254740993,1],"y_bool":[true,false]},{"y_int64":[2,3],"y_bool":[false,true]}]}',
  );
});

test("instances that do not fit are refused", async () => {
  const { engine, server, url } = await serveEcho(echoOf(["int32"]));
  server.add("two", await engine.open(echoOf(["int32", "int8"])));
  server.add("half", await engine.open(echoOf(["float16"])));
  let deep: unknown = 1;
  for (let i = 0; i < 100; i++) deep = [deep];
  const bad: [model: string, body: unknown, code: string][] = [
    ["echo", {}, "REQUEST_INVALID"],
    ["echo", { instances: [] }, "REQUEST_INVALID"],
    ["echo", { instances: 1 }, "REQUEST_INVALID"],
    ["echo", { instances: [[1, 2], [3]] }, "REQUEST_INVALID"],
    ["echo", { instances: [[1], ["2"]] }, "REQUEST_INVALID"],
    ["echo", { instances: [{ x: [1] }] }, "REQUEST_INVALID"],
    ["echo", { instances: [{ x_int32: [1] }, [1]] }, "REQUEST_INVALID"],
    ["echo", { instances: [1, 2] }, "INPUT_SHAPE"],
    ["echo", { instances: [deep] }, "REQUEST_INVALID"],
    ["two", { instances: [[1]] }, "REQUEST_INVALID"],
    ["two", { instances: [{ x_int32: [1] }] }, "REQUEST_INVALID"],
    ["half", { instances: [[1]] }, "REQUEST_INVALID"],
  ];
  for (const [model, body, code] of bad) {
    const reply = await post(`${url}/v1/models/${model}:predict`, body);
    expect(failure(reply), JSON.stringify(body)).toEqual([400, code]);
  }
  expect(failure(await post(`${url}/v1/models/echo`, {}))).toEqual([405, "METHOD_NOT_ALLOWED"]);
  expect(failure(await post(`${url}/v1/models/ecko:predict`, {}))).toEqual([404, "MODEL_UNKNOWN"]);
});
