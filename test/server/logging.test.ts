import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { status } from "@grpc/grpc-js";
import { expect, onTestFinished, test } from "vitest";
import type { ServerOptions } from "../../dist/server/index.js";
import { encodeProtobuf } from "../../src/container/index.ts";
import { unprotected } from "../../src/server/unprotected.ts";
import { bareCall, INFERENCE } from "./bare-grpc.ts";
import { echoOf, get, post, type Serving, serveEcho } from "./serving.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");

type Line = Readonly<Record<string, unknown>>;

interface Logging extends Serving {
  lines(): readonly Line[];
  /** As they were written. */
  readonly texts: readonly string[];
}

async function logging(options: ServerOptions, throwOn?: number): Promise<Logging> {
  const texts: string[] = [];
  const logTo = { write: (text: string) => texts.push(text) };
  const behaviour = throwOn === undefined ? {} : { throwOn };
  const site = await serveEcho(echoOf(["int32"], behaviour), {}, { ...options, logTo });
  return { ...site, texts, lines: () => texts.map((text) => JSON.parse(text)) };
}

function request(...values: readonly number[]): object {
  return { inputs: [{ name: "x_int32", datatype: "INT32", shape: [values.length, 1], data: values }] };
}

const INFER = "/v2/models/echo/infer";

test("every answer carries the id of its request: the client's own, or a new one", async () => {
  const { url, server } = await logging({});
  const given = await get(`${url}/v2`, { headers: { "x-request-id": "from-a-proxy/1" } });
  expect(given.headers.get("x-request-id")).toBe("from-a-proxy/1");
  const ids = new Set<string | null>();
  const replies = [await get(`${url}/v2`), await get(`${url}/v2/nothing`), await post(`${url}${INFER}`, {})];
  for (const { headers } of replies) ids.add(headers.get("x-request-id"));
  expect(ids.size).toBe(3);
  for (const id of ids) expect(id).toMatch(/^[\w-]{9,}$/);
  const port = await server.listenGrpc({ port: 0 });
  const call = { port, path: `${INFERENCE}/ServerReady` };
  const { metadata } = await bareCall({ ...call, metadata: { "x-request-id": "a" } });
  expect(metadata.get("x-request-id")).toEqual(["a"]);
  expect((await bareCall(call)).metadata.get("x-request-id")[0]).toMatch(/^[\w-]{9,}$/);
});

test.each([["a".repeat(129)], ["with a space"], ['"quoted"'], ["<script>"], ["caf\u00e9"], [""]])(
  "an id such as %j is not taken over",
  async (id) => {
    const { url } = await logging({});
    const given = (await get(`${url}/v2`, { headers: { "x-request-id": id } })).headers.get("x-request-id");
    expect(given).not.toBe(id);
    expect(given).toMatch(/^[\w-]+$/);
  },
);

test("by default nothing is logged", async () => {
  const { url, texts } = await logging({});
  await post(`${url}${INFER}`, request(1));
  expect(texts).toEqual([]);
});

test("the access log has a line for every request, with what is known of it", async () => {
  const { url, lines } = await logging({ accessLog: true });
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  await post(`${url}${INFER}?token=secret`, request(1, 2), { "x-request-id": "one", traceparent });
  await get(`${url}/v2/models/nothing?token=secret`);
  await get(`${url}/nowhere/secret`);
  expect(lines()).toMatchObject([
    {
      level: "info",
      event: "request",
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      requestId: "one",
      carrier: "http",
      method: "POST",
      route: "/v2/models/:model/infer",
      model: "echo",
      version: "1",
      rows: 2,
      status: 200,
      durationMs: expect.any(Number),
      bytesIn: JSON.stringify(request(1, 2)).length,
      bytesOut: expect.any(Number),
      peer: "127.0.0.1",
      traceId: "0af7651916cd43dd8448eb211c80319c",
    },
    { route: "/v2/models/:model", status: 404, code: "MODEL_UNKNOWN" },
    { route: "", status: 404, code: "ROUTE_UNKNOWN" },
  ]);
  expect(JSON.stringify(lines())).not.toContain("secret");
});

test("requests over gRPC have the same lines", async () => {
  const { server, lines } = await logging({ accessLog: true });
  const port = await server.listenGrpc({ port: 0 });
  await bareCall({ port, path: `${INFERENCE}/ServerReady`, metadata: { "x-request-id": "two" } });
  const unknown = bareCall({ port, path: `${INFERENCE}/ModelReady`, message: Buffer.from([10, 1, 97]) });
  await expect(unknown).rejects.toMatchObject({ code: status.NOT_FOUND });
  expect(lines()).toMatchObject([
    {
      requestId: "two",
      carrier: "grpc",
      method: "ServerReady",
      route: "inference.GRPCInferenceService",
      status: status.OK,
      bytesIn: 0,
      bytesOut: 2,
      peer: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
    },
    { method: "ModelReady", status: status.NOT_FOUND, code: "MODEL_UNKNOWN" },
  ]);
});

test("a line names the key of its request, but holds no key", async () => {
  const sha256 = "fb02a00e6a3e2d3d9a30e1d0f5d2a0b3e4c5b6a7988776655443322110ffeedd";
  const { url, lines, texts } = await logging({ accessLog: true, apiKeys: [{ name: "team-a", sha256 }] });
  await get(`${url}/v2`, { headers: { "x-api-key": "my-key" } });
  expect(lines()).toMatchObject([{ status: 401, code: "KEY_UNKNOWN" }]);
  expect(texts.join("")).not.toContain("my-key");
});

test("a failure of the server is logged with its cause and the id of the request", async () => {
  const { url, lines } = await logging({ logLevel: "error" }, 9);
  await post(`${url}${INFER}`, request(9), { "x-request-id": "three" });
  expect(lines()).toMatchObject([
    {
      level: "error",
      event: "request failed",
      requestId: "three",
      code: "RUN_FAILED",
      err: { stack: expect.any(String) },
    },
  ]);
});

test("a failure over gRPC is logged too", async () => {
  const { server, lines } = await logging({ logLevel: "error" }, 0);
  const port = await server.listenGrpc({ port: 0 });
  const fields = {
    model_name: [1, "string"],
    inputs: [5, { fields: { name: [1, "string"], datatype: [2, "string"], shape: [3, "int64"] } }],
    raw_input_contents: [7, "bytes"],
  } as const;
  const inputs = [{ name: "x_int32", datatype: "INT32", shape: [1, 1] }];
  const message = encodeProtobuf(fields, { model_name: "echo", inputs, raw_input_contents: [new Uint8Array(4)] });
  const call = bareCall({ port, path: `${INFERENCE}/ModelInfer`, message, metadata: { "x-request-id": "four" } });
  await expect(call).rejects.toMatchObject({ code: status.INTERNAL });
  expect(lines()).toMatchObject([{ event: "request failed", requestId: "four", code: "RUN_FAILED" }]);
});

test("a server on its own machine is not warned of, one that others can reach is", async () => {
  const { lines } = await logging({ logLevel: "warn" });
  expect(lines()).toEqual([]);
  const bare = { tls: false, keys: false };
  for (const host of ["localhost", "127.0.0.1", "127.1.2.3", "::1"]) expect(unprotected(host, bare)).toEqual([]);
  for (const host of ["0.0.0.0", "::", "192.168.1.5", "127.example.org"]) {
    expect(unprotected(host, bare), host).toEqual(["encryption", "API keys"]);
    expect(unprotected(host, { tls: true, keys: false })).toEqual(["API keys"]);
    expect(unprotected(host, { tls: true, keys: true })).toEqual([]);
  }
});

const LOGS_TO_STDERR = `
  import { Engine } from "torchrelay";
  import { Server } from "torchrelay/server";
  const server = new Server(new Engine({ workers: 1 }), { accessLog: true });
  console.log(await server.listen({ port: 0 }));
  process.once("SIGTERM", async () => { await server.close(); process.exit(0); });
`;

test("a program whose stderr nobody reads any more serves on", async () => {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", LOGS_TO_STDERR], { cwd: ROOT });
  onTestFinished(() => void child.kill("SIGKILL"));
  const [url] = (await once(child.stdout, "data")) as [Buffer];
  child.stderr.destroy();
  for (let i = 0; i < 3; i++) expect((await get(`${String(url).trim()}/v2`)).status).toBe(200);
  child.kill("SIGTERM");
  expect(await once(child, "exit")).toEqual([0, null]);
});
