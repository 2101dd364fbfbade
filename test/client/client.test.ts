import { once } from "node:events";
import { readFileSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, expect, test } from "vitest";
import { Client, Tensor } from "../../dist/client/index.js";
import { reasonOf } from "../../src/client/reason.ts";
import { DIGITS, echoOf, serveEcho, serving } from "../server/serving.ts";

const stubs: http.Server[] = [];

afterEach(() => {
  for (const stub of stubs.splice(0)) stub.closeAllConnections();
});

interface Stub {
  readonly url: string;
  /** The bodies that it was sent. */
  readonly received: readonly string[];
}

/** A server that gives these answers, one after another. */
async function stub(
  ...answers: readonly [status: number, body: string, headers?: http.OutgoingHttpHeaders][]
): Promise<Stub> {
  const received: string[] = [];
  const server = http.createServer((request, response) => {
    void text(request).then((sent) => {
      const [status, body, headers = {}] = answers[received.length] ?? [500, "no more answers"];
      received.push(sent);
      response.writeHead(status, { ...headers, connection: "close" }).end(body);
    });
  });
  stubs.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}

const ONE = { x: new Tensor("float32", Float32Array.of(1), [1, 1]) };

function answer(output: object): string {
  return JSON.stringify({ model_name: "m", outputs: [{ name: "y", datatype: "FP32", shape: [1, 1], ...output }] });
}

test("a model answers through the client as through the library", async () => {
  const { engine, server, url } = await serving();
  const client = new Client(`${url}/`);
  await server.load("digits", DIGITS);
  expect([await client.ready(), await client.ready("digits"), await client.ready("other")]).toEqual([
    true,
    true,
    false,
  ]);
  expect(await client.metadata("digits", "1")).toMatchObject({ inputs: [{ name: "x", shape: [-1, 1, 28, 28] }] });
  const x = new Tensor("float32", new Float32Array(784).fill(0.5), [1, 1, 28, 28]);
  const expected = await (await engine.load(DIGITS)).infer({ x });
  expect(await client.infer("digits", { x }, { version: "1", outputs: ["logits"] })).toEqual(expected);
});

test("a model's best classes come with their values, and with labels where the server has them", async () => {
  const { server, url } = await serving();
  await server.load("digits", DIGITS);
  const client = new Client(url);
  const x = new Tensor("float32", new Float32Array(2 * 784).fill(0.5, 784), [2, 1, 28, 28]);
  const { logits } = await client.infer("digits", { x });
  const values = Array.from(logits?.data as Float32Array);
  const rows = [values.slice(0, 10), values.slice(10)];
  const best = rows.map((row) => {
    const scores = row.map((value, index) => ({ value: expect.closeTo(value, 4) as number, index, sort: value }));
    return scores.toSorted((a, b) => b.sort - a.sort).map(({ value, index }) => ({ value, index }));
  });
  const given = await client.classify("digits", { x }, { classes: 3 });
  expect(given).toEqual({ logits: best.map((row) => row.slice(0, 3)) });
  const first = await client.classify("digits", { x }, { outputs: ["logits"], version: "1" });
  expect(first).toEqual({ logits: best.map((row) => row.slice(0, 1)) });
});

function classes(shape: readonly number[], data: unknown): string {
  return answer({ datatype: "BYTES", shape, data });
}

test("classes are read as servers write them", async () => {
  const { url, received } = await stub(
    [200, classes([2, 1], ["0.5:7:tabby: a cat", "1e-7:0"])],
    [200, classes([2], ["nan:1", "-inf:0:"])],
    [200, classes([0, 2], [])],
  );
  const read = async (): Promise<unknown> =>
    (await new Client(url).classify("m", ONE, { outputs: ["y"], classes: 2 }))["y"];
  expect(await read()).toEqual([[{ value: 0.5, index: 7, label: "tabby: a cat" }], [{ value: 1e-7, index: 0 }]]);
  expect(await read()).toEqual([
    [
      { value: Number.NaN, index: 1 },
      { value: Number.NEGATIVE_INFINITY, index: 0, label: "" },
    ],
  ]);
  expect(await read()).toEqual([]);
  expect(received[0]).toContain('"outputs":[{"name":"y","parameters":{"classification":2}}]');
});

test("answers that are no classes are refused", async () => {
  for (const body of [
    "{}",
    answer({ data: [1] }),
    classes([1], ["seven"]),
    classes([2, 2], ["1:1"]),
    classes([-1], []),
  ]) {
    const { url } = await stub([200, body]);
    const given = new Client(url).classify("m", ONE, { outputs: ["y"] });
    await expect(given, body).rejects.toMatchObject({ code: "SERVER_REFUSED" });
  }
});

test("tensors of several dtypes go through unchanged, empty ones too", async () => {
  const { url } = await serveEcho(echoOf(["bool", "int64", "float16", "float64"]));
  for (const rows of [0, 3]) {
    const inputs = {
      x_bool: new Tensor("bool", new Uint8Array(rows).fill(1), [rows, 1]),
      x_int64: new Tensor("int64", new BigInt64Array(rows).fill(2n ** 63n - 1n), [rows, 1]),
      x_float16: new Tensor("float16", new Uint16Array(rows).fill(0x7e01), [rows, 1]),
      x_float64: new Tensor("float64", new Float64Array(rows).fill(-0), [rows, 1]),
    };
    const outputs = await new Client(url).infer("echo", inputs);
    expect(Object.values(outputs)).toEqual(Object.values(inputs));
  }
});

test("a refusal carries the server's status, code and words", async () => {
  const { url } = await serveEcho(echoOf(["int32"]));
  await expect(new Client(url).infer("echo", ONE)).rejects.toMatchObject({
    code: "SERVER_REFUSED",
    message: expect.stringContaining("the model takes x_int32"),
    details: { status: 400, remoteCode: "INPUT_NAME" },
  });
  await expect(new Client(url).metadata("other")).rejects.toMatchObject({ details: { remoteCode: "MODEL_UNKNOWN" } });
});

test("a server that is busy is asked again, as often as the options say", async () => {
  const busy: [number, string, http.OutgoingHttpHeaders] = [429, '{"error":"full"}', { "retry-after": "0" }];
  const patient = await stub(busy, [503, "", { "retry-after": "0" }], [200, answer({ data: [7] })]);
  const { y } = await new Client(patient.url).infer("m", ONE);
  expect(y?.data[0]).toBe(7);
  expect(new Set(patient.received).size).toBe(1);
  expect(patient.received).toHaveLength(3);
  const hasty = await stub(busy, busy);
  await expect(new Client(hasty.url, { retries: 1 }).infer("m", ONE)).rejects.toMatchObject({
    details: { status: 429 },
  });
  const failing = await stub([500, "broken"]);
  await expect(new Client(failing.url).infer("m", ONE)).rejects.toMatchObject({ details: { message: "broken" } });
  expect(failing.received).toHaveLength(1);
});

test("what waits between two attempts can be cancelled", async () => {
  const { url, received } = await stub([503, "", { "retry-after": "3600" }]);
  const controller = new AbortController();
  const result = new Client(url).infer("m", ONE, { signal: controller.signal });
  const rejected = expect(result).rejects.toMatchObject({ code: "CANCELLED" });
  while (received.length === 0) await new Promise((resolve) => setImmediate(resolve));
  controller.abort("enough");
  await rejected;
  expect(received).toHaveLength(1);
});

test("servers that answer in JSON are understood", async () => {
  const { url } = await stub(
    [200, answer({ data: [[-1.5]] })],
    [200, answer({ data: ["NaN"] })],
    [200, answer({ datatype: "INT64", data: [5] })],
    [200, answer({ datatype: "BOOL", data: [true] })],
  );
  const client = new Client(url);
  const data = [];
  for (let i = 0; i < 4; i++) data.push((await client.infer("m", ONE))["y"]?.data[0]);
  expect(data).toEqual([-1.5, Number.NaN, 5n, 1]);
});

test("answers that contradict themselves are refused", async () => {
  const bad = [
    "no JSON",
    "{}",
    answer({ datatype: "BYTES", data: ["a"] }),
    answer({ shape: [-1], data: [] }),
    answer({ shape: [2], data: [1] }),
    answer({ data: undefined }),
    answer({ datatype: "INT64", data: [2 ** 53] }),
    answer({ parameters: { binary_data_size: 8 } }),
    answer({ parameters: { binary_data_size: 4 } }),
  ];
  for (const body of bad) {
    const { url } = await stub([200, body]);
    await expect(new Client(url).infer("m", ONE), body).rejects.toMatchObject({ code: "SERVER_REFUSED" });
  }
});

test("who infers where classes are given is told of classify", async () => {
  const { url } = await stub([200, classes([1, 1], ["1:1"])]);
  await expect(new Client(url).infer("m", ONE)).rejects.toThrow(/classify/);
});

test("nobody there is an error of its own", async () => {
  const closed = http.createServer().listen(0, "127.0.0.1");
  await once(closed, "listening");
  const { port } = closed.address() as AddressInfo;
  closed.close();
  await once(closed, "close");
  await expect(new Client(`http://127.0.0.1:${port}`).ready()).rejects.toMatchObject({
    code: "SERVER_UNREACHABLE",
    details: { reason: `connect ECONNREFUSED 127.0.0.1:${port}` },
  });
});

test("what failed at several addresses of a host is told of each", () => {
  const [six, four] = ["connect ECONNREFUSED ::1:8000", "connect ECONNREFUSED 127.0.0.1:8000"];
  expect(reasonOf(new AggregateError([new Error(six), new Error(four)]))).toBe(`${six}, ${four}`);
  expect([reasonOf(new Error("broken")), reasonOf("ended")]).toEqual(["broken", "ended"]);
});

test("a URL without http is refused at once", () => {
  for (const url of ["localhost:8000", "ftp://localhost"]) {
    expect(() => new Client(url)).toThrow(expect.objectContaining({ code: "OPTION_INVALID" }));
  }
  for (const url of ["HTTP://localhost:8000/", "https://localhost/api", "/api", ""]) new Client(url);
});

test("complex tensors have no form in the protocol", async () => {
  const x = new Tensor("complex64", new Float32Array(2), [1]);
  await expect(new Client("http://127.0.0.1:9").infer("m", { x })).rejects.toMatchObject({ code: "TENSOR_INVALID" });
});

/** The modules that a built module imports, all together. */
function reachable(file: string, seen: Set<string> = new Set()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  if (!file.endsWith(".js")) return seen;
  for (const [, target = ""] of readFileSync(file, "utf8").matchAll(/from "([^"]+)"/g)) {
    reachable(target.startsWith(".") ? path.join(path.dirname(file), target) : target, seen);
  }
  return seen;
}

test("the client needs nothing that a browser does not have", () => {
  const modules = [...reachable(path.resolve(import.meta.dirname, "../../dist/client/index.js"))];
  expect(modules.length).toBeGreaterThan(5);
  expect(modules.filter((name) => !name.endsWith(".js"))).toEqual([]);
});
