import { once } from "node:events";
import net from "node:net";
import { deflateSync, gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { DIGITS, echoOf, failure, get, post, type Reply, serveEcho, serving } from "./serving.ts";

test("a server says what it is and what it serves", async () => {
  const { server, url } = await serving();
  await server.load("digits", DIGITS);
  expect(JSON.parse((await get(`${url}/v2`)).text)).toMatchObject({
    name: "torchrelay",
    extensions: expect.arrayContaining(["binary_tensor_data"]),
  });
  const metadata = {
    name: "digits",
    versions: ["1"],
    platform: "pytorch_export",
    inputs: [{ name: "x", datatype: "FP32", shape: [-1, 1, 28, 28] }],
    outputs: [{ name: "logits", datatype: "FP32", shape: [-1, 10] }],
  };
  for (const path of ["/v2/models/digits", "/v2/models/digits/versions/1", "/v2/models/digits/"]) {
    expect(JSON.parse((await get(url + path)).text), path).toEqual(metadata);
  }
});

test("a model that is loading is not ready, and one that fails is not either, until it loads", async () => {
  const { server, url } = await serving();
  const loading = server.load("digits", DIGITS);
  const failed = expect(server.load("missing", "/nowhere/missing.pt2")).rejects.toMatchObject({
    code: "FILE_UNREADABLE",
  });
  expect((await get(`${url}/v2/health/live`)).status).toBe(200);
  expect((await get(`${url}/v2/health/ready`)).status).toBe(503);
  expect((await get(`${url}/v2/models/digits/ready`)).status).toBe(503);
  expect(failure(await get(`${url}/v2/models/digits`))).toEqual([503, "MODEL_NOT_READY"]);
  expect(failure(await post(`${url}/v2/models/digits/infer`, {}))).toEqual([503, "MODEL_NOT_READY"]);
  await loading;
  await failed;
  expect((await get(`${url}/v2/models/digits/ready`)).status).toBe(200);
  expect((await get(`${url}/v2/health/ready`)).status).toBe(503);
  const { text } = await get(`${url}/v2/models/missing`);
  expect(text).toContain("FILE_UNREADABLE");
  expect(text).not.toContain("nowhere");
  await server.load("missing", DIGITS);
  expect((await get(`${url}/v2/health/ready`)).status).toBe(200);
});

test("without a version, the highest is used", async () => {
  const { engine, server, url } = await serveEcho(echoOf(["int32"]));
  server.add("echo", await engine.open(echoOf(["float32"])), "10");
  server.add("echo", await engine.open(echoOf(["uint8"])), "9");
  const datatype = async (path: string): Promise<string> =>
    JSON.parse((await get(`${url}/v2/models/echo${path}`)).text).inputs[0].datatype;
  expect(await datatype("")).toBe("FP32");
  expect(await datatype("/versions/9")).toBe("UINT8");
  expect(failure(await get(`${url}/v2/models/echo/versions/2`))).toEqual([404, "MODEL_UNKNOWN"]);
});

test("what is not there, or not so, is refused with a status and a code", async () => {
  const { url } = await serveEcho(echoOf(["int32"]), {}, { maxBodyBytes: 1000 });
  const infer = `${url}/v2/models/echo/infer`;
  expect(failure(await get(`${url}/v2/nothing`))).toEqual([404, "ROUTE_UNKNOWN"]);
  const unknown = await get(`${url}/v2/models/ecko`);
  expect(failure(unknown)).toEqual([404, "MODEL_UNKNOWN"]);
  expect(unknown.text).toContain("did you mean echo?");
  const wrongMethod = await get(infer);
  expect(failure(wrongMethod)).toEqual([405, "METHOD_NOT_ALLOWED"]);
  expect(wrongMethod.headers.get("allow")).toBe("POST");
  expect(failure(await post(`${url}/v2/health/live`, {}))).toEqual([405, "METHOD_NOT_ALLOWED"]);
  expect(failure(await post(infer, " ".repeat(1001)))).toEqual([413, "BODY_TOO_LARGE"]);
  expect(failure(await post(infer, "{}", { "content-type": "text/html" }))).toEqual([415, "BODY_UNSUPPORTED"]);
  expect(failure(await post(infer, "{}", { "content-encoding": "br" }))).toEqual([415, "BODY_UNSUPPORTED"]);
  expect((await get(`${url}/v2`, { headers: { "x-long": "a".repeat(20_000) } })).status).toBe(431);
});

test("compressed requests are read, within the limit on what they grow to", async () => {
  const { url } = await serveEcho(echoOf(["int32"]), {}, { maxBodyBytes: 1000 });
  const inputs = [{ name: "x_int32", datatype: "INT32", shape: [1, 1], data: [7] }];
  const send = (body: Uint8Array, encoding: string): Promise<Reply> =>
    get(`${url}/v2/models/echo/infer`, {
      method: "POST",
      body: Uint8Array.from(body),
      headers: { "content-encoding": encoding },
    });
  const json = JSON.stringify({ inputs });
  expect((await send(gzipSync(json), "gzip")).text).toContain('"data":[7]');
  expect((await send(deflateSync(json), "deflate")).text).toContain('"data":[7]');
  expect(failure(await send(gzipSync(json).subarray(0, 30), "gzip"))).toEqual([400, "REQUEST_INVALID"]);
  expect(failure(await send(gzipSync(json), "deflate"))).toEqual([400, "REQUEST_INVALID"]);
  expect(failure(await send(gzipSync(json.padEnd(100_000)), "gzip"))).toEqual([413, "BODY_TOO_LARGE"]);
});

test("names and versions are taken once, and must be fit for an address", async () => {
  const { engine, server } = await serveEcho(echoOf(["int32"]));
  const model = await engine.open(echoOf(["int32"]));
  const bad: [string, string][] = [
    ["echo", "1"],
    ["a/b", "1"],
    ["", "1"],
    ["other", "latest"],
  ];
  for (const [name, version] of bad) {
    expect(() => server.add(name, model, version), `${name} ${version}`).toThrow(
      expect.objectContaining({ code: "OPTION_INVALID" }),
    );
  }
});

test("tensors that the protocol has no name for are refused before they are served", async () => {
  const { engine, server } = await serving();
  const model = await engine.open(echoOf(["complex64"]));
  expect(() => server.add("echo", model)).toThrow(expect.objectContaining({ code: "MODEL_UNSUPPORTED" }));
});

test("a port that is taken is an error that says so", async () => {
  const [first, second] = [await serving(), await serving()];
  const port = Number(new URL(first.url).port);
  await expect(second.server.listen({ port })).rejects.toMatchObject({ code: "ADDRESS_UNAVAILABLE" });
});

test("a connection on which nothing was asked does not hold up a server that closes", async () => {
  const { server, url } = await serveEcho(echoOf(["int32"]));
  const socket = net.connect(Number(new URL(url).port), "127.0.0.1");
  const ended = once(socket, "close");
  await once(socket, "connect");
  expect((await get(`${url}/v2/health/ready`)).status).toBe(200);
  await server.close();
  await ended;
});
