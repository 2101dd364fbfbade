import { expect, test } from "vitest";
import { Codec } from "../../dist/server/codec/index.js";
import { echoOf, failure, post, serveEcho } from "./serving.ts";

/** More than the event loop reads and writes itself. */
const MANY = 50_000;

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i / 8);
}

test("a large request gets the same answer as a small one", async () => {
  const { url } = await serveEcho(echoOf(["float32"]));
  const data = numbers(MANY);
  const inputs = [{ name: "x_float32", datatype: "FP32", shape: [2, MANY / 2], data }];
  const { status, text } = await post(`${url}/v2/models/echo/infer`, { id: "large", inputs });
  expect(status).toBe(200);
  const answer = { name: "y_float32", datatype: "FP32", shape: [2, MANY / 2], data };
  expect(JSON.parse(text)).toEqual({ model_name: "echo", model_version: "1", id: "large", outputs: [answer] });
});

test("64-bit integers are exact in large bodies, too", async () => {
  const { url } = await serveEcho(echoOf(["int64"]));
  const digits = Array.from({ length: MANY }, (_, i) => String(9_007_199_254_740_993n + BigInt(i)));
  const inputs = `{"inputs":[{"name":"x_int64","datatype":"INT64","shape":[1,${MANY}],"data":[${digits.join()}]}]}`;
  const { text } = await post(`${url}/v2/models/echo/infer`, inputs);
  expect(text).toContain(`"data":[${digits.join()}]`);
});

test("many rows go in and come out", async () => {
  const { url } = await serveEcho(echoOf(["float32"]));
  const instances = Array.from({ length: MANY / 10 }, (_, i) => numbers(10).map((x) => x + i));
  const { text } = await post(`${url}/v1/models/echo:predict`, { instances });
  expect(JSON.parse(text)).toEqual({ predictions: instances });
});

test("large binary data comes back byte by byte, whatever comes before it", async () => {
  const { url } = await serveEcho(echoOf(["float32", "uint8"]));
  const floats = Float32Array.from(numbers(400_001));
  const input = (name: string, datatype: string, size: number, bytes: number): object => ({
    name,
    datatype,
    shape: [1, size],
    parameters: { binary_data_size: bytes },
  });
  const odd = Buffer.alloc(floats.length, 7);
  const inputs = [
    input("x_uint8", "UINT8", odd.length, odd.length),
    input("x_float32", "FP32", odd.length, 4 * odd.length),
  ];
  for (const id of ["", "a", "ab", "abc"]) {
    const json = JSON.stringify({ id, inputs, parameters: { binary_data_output: true } });
    const response = await fetch(`${url}/v2/models/echo/infer`, {
      method: "POST",
      body: Buffer.concat([Buffer.from(json), odd, Buffer.from(floats.buffer)]),
      headers: { "inference-header-content-length": String(json.length) },
    });
    const body = Buffer.from(await response.arrayBuffer());
    const tail = body.subarray(Number(response.headers.get("inference-header-content-length")));
    expect(tail.equals(Buffer.concat([Buffer.from(floats.buffer), odd])), id).toBe(true);
  }
});

test("what is wrong with a large body is said as of a small one", async () => {
  const { url } = await serveEcho(echoOf(["float32"]));
  const inputs = [{ name: "x_float32", datatype: "FP32", shape: [1, MANY], data: numbers(MANY - 1) }];
  const wrong = await post(`${url}/v2/models/echo/infer`, { inputs });
  expect(failure(wrong)).toEqual([400, "REQUEST_INVALID"]);
  expect(wrong.text).toContain(`data of x_float32 does not fit shape [1, ${MANY}]`);
  expect(failure(await post(`${url}/v2/models/echo/infer`, `[${"[".repeat(200_000)}`))).toEqual([
    400,
    "REQUEST_INVALID",
  ]);
});

test("beyond its limit the codec takes no more, and says when to come back", async () => {
  const codec = new Codec(1, 1000);
  const body = Buffer.from(JSON.stringify({ instances: [[1]] }));
  const inputs = [{ name: "x", dtype: "float32", shape: [1, 1] }] as const;
  const first = codec.run("readInstances", { body, inputs }, 900);
  const busy = { code: "SERVER_BUSY", details: { pending: 900, limit: 1000, retryAfterMs: 1 } };
  await expect(codec.run("readInstances", { body, inputs }, 200)).rejects.toMatchObject(busy);
  expect(await first).toMatchObject({ count: 1 });
  expect(codec.pendingBytes).toBe(0);
  await codec.close();
});

test("jobs of a thread that ends fail, and the next one starts another", async () => {
  const codec = new Codec(1);
  const inputs = [{ name: "x", dtype: "float32", shape: [1, 1] }] as const;
  const job = (): Promise<unknown> =>
    codec.run("readInstances", { body: Buffer.from('{"instances":[[1]]}'), inputs }, 1);
  const lost = job();
  await Promise.all([expect(lost).rejects.toMatchObject({ code: "INTERNAL" }), codec.close()]);
  expect(await job()).toMatchObject({ count: 1 });
  await codec.close();
});
