import { once } from "node:events";
import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { Readable } from "node:stream";
import { createGzip, gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { decompressed } from "../../src/server/request-body.ts";
import { RawConnection } from "./raw-connection.ts";
import { echoOf, failure, get, post, type Serving, serveEcho } from "./serving.ts";

const POST = ["POST /v2/models/echo/infer HTTP/1.1", "host: localhost", "content-type: application/json"];

async function hasted(): Promise<string> {
  const { url } = await serveEcho(echoOf(["int32"]), {}, { headersTimeoutMs: 100, requestTimeoutMs: 200 });
  return url;
}

async function stillServes(url: string): Promise<void> {
  expect((await get(`${url}/v2/health/live`)).status).toBe(200);
}

test("who does not finish the headers in time is told so, and cut off", async () => {
  const url = await hasted();
  const answer = await new RawConnection(url).send("GET /v2 HTTP/1.1", "host: localhost", "x-more: ").untilClosed();
  expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  expect(answer).toContain('"code":"REQUEST_TIMEOUT"');
  await stillServes(url);
});

test("who does not finish the body in time is cut off, also when it keeps on sending", async () => {
  const url = await hasted();
  const slow = new RawConnection(url).send(...POST, "content-length: 1000", "", "");
  const drip = setInterval(() => slow.send(" "), 20);
  try {
    expect(await slow.untilClosed()).toContain('"code":"REQUEST_TIMEOUT"');
  } finally {
    clearInterval(drip);
  }
  await stillServes(url);
});

test("a connection on which nothing is said does not stay", async () => {
  const url = await hasted();
  expect(await new RawConnection(url).untilClosed()).not.toContain("200");
});

test("a connection that is kept for no further request is closed", async () => {
  const { url } = await serveEcho(echoOf(["int32"]), {}, { keepAliveTimeoutMs: 50 });
  const text = await new RawConnection(url).send("GET /v2 HTTP/1.1", "host: localhost", "", "").untilClosed();
  expect(text).toMatch(/^HTTP\/1\.1 200 /);
});

/** A number of the metrics, fetched on a connection that ends with it. */
async function metric(url: string, pattern: RegExp): Promise<number> {
  const request = ["GET /metrics HTTP/1.1", "host: localhost", "connection: close", "", ""];
  return Number(pattern.exec((await new RawConnection(url).send(...request).untilClosed()).replaceAll("\r", ""))?.[1]);
}

test("who does not take a large answer is cut off", async () => {
  const { url } = await serveEcho(echoOf(["int32"]), {}, { sendTimeoutMs: 100 });
  const rows = 4_000_000;
  const head = JSON.stringify({
    inputs: [{ name: "x_int32", datatype: "INT32", shape: [rows, 1], parameters: { binary_data_size: 4 * rows } }],
    parameters: { binary_data_output: true },
  });
  const length = head.length + 4 * rows;
  const lazy = new RawConnection(url);
  lazy.socket.pause();
  lazy.send(
    ...POST.slice(0, 2),
    `inference-header-content-length: ${head.length}`,
    `content-length: ${length}`,
    "",
    "",
  );
  lazy.send(head).write(new Uint8Array(4 * rows));
  while ((await metric(url, /^nv_inference_request_success\{.*\} (\d+)$/m)) !== 1);
  while ((await metric(url, /^torchrelay_open_connections (\d+)$/m)) > 1);
  lazy.socket.resume();
  expect((await lazy.untilClosed()).length).toBeLessThan(4 * rows);
});

test("beyond the number of connections, more are closed at once", async () => {
  const { url } = await serveEcho(echoOf(["int32"]), {}, { maxConnections: 2 });
  const first = [new RawConnection(url), new RawConnection(url)];
  for (const connection of first) await once(connection.socket, "connect");
  expect(await new RawConnection(url).untilClosed()).toBe("");
  for (const connection of first) {
    await connection.send("GET /v2/health/live HTTP/1.1", "host: localhost", "", "").until(/"live":true/);
    connection.socket.destroy();
  }
});

test("headers are limited in size and in number", async () => {
  const { url } = await serveEcho(echoOf(["int32"]));
  const large = await get(`${url}/v2`, { headers: { "x-large": "a".repeat(20_000) } });
  expect(failure(large)).toEqual([431, "HEADERS_TOO_LARGE"]);
  const headers = Object.fromEntries(Array.from({ length: 201 }, (_, i) => [`x-${i}`, "a"]));
  expect(failure(await get(`${url}/v2`, { headers }))).toEqual([431, "HEADERS_TOO_LARGE"]);
  expect(failure(await get(`${url}/v2/models/${"a".repeat(300)}`))).toEqual([404, "ROUTE_UNKNOWN"]);
  expect(failure(await get(`${url}/v2/models/%zz`))).toEqual([400, "REQUEST_INVALID"]);
});

test("a body that says that it is too large is refused before it is sent", async () => {
  const { url } = await serveEcho(echoOf(["int32"]), {}, { maxBodyBytes: 1000 });
  const answer = await new RawConnection(url).send(...POST, "content-length: 1001", "", "").untilClosed();
  expect(answer).toMatch(/^HTTP\/1\.1 413 [\s\S]*BODY_TOO_LARGE/);
});

test("a body that does not say how large it is is read up to the limit", async () => {
  const { url } = await serveEcho(echoOf(["int32"]), {}, { maxBodyBytes: 1000 });
  const endless = new RawConnection(url).send(...POST, "transfer-encoding: chunked", "", "");
  expect(await endless.send("3e9", " ".repeat(1001), "").untilClosed()).toMatch(/^HTTP\/1\.1 413 /);
});

/** So many MiB of zeros, compressed to a thousandth. */
async function bomb(mib: number): Promise<Uint8Array> {
  const gzip = createGzip();
  const parts: Buffer[] = [];
  gzip.on("data", (bytes: Buffer) => parts.push(bytes));
  for (let i = 0; i < mib; i++) if (!gzip.write(Buffer.alloc(2 ** 20))) await once(gzip, "drain");
  await once(gzip.end(), "end");
  return Uint8Array.from(Buffer.concat(parts));
}

test("a small body that grows beyond the limit is refused", async () => {
  const { url } = await serveEcho(echoOf(["int32"]), {}, { maxBodyBytes: 1_000_000 });
  const headers = { "content-type": "application/json", "content-encoding": "gzip" };
  const refused = await get(`${url}/v2/models/echo/infer`, { method: "POST", body: await bomb(64), headers });
  expect(failure(refused)).toEqual([413, "BODY_TOO_LARGE"]);
  await stillServes(url);
});

test("decompressing ends when the request has been answered", async () => {
  const mib = 64;
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  const headers = { "content-encoding": "gzip" };
  const request = Object.assign(Readable.from([await bomb(mib)]), { headers }) as IncomingMessage;
  const decoder = decompressed(request, response);
  let bytes = 0;
  decoder.on("data", (part: Buffer) => {
    bytes += part.length;
  });
  await once(decoder, "data");
  response.emit("finish");
  await once(decoder, "close");
  expect(bytes).toBeLessThan(mib * 2 ** 20);
});

test("a compressed body that is damaged early is refused, however much of it follows", async () => {
  const { url } = await serveEcho(echoOf(["int32"]));
  const damaged = gzipSync(Buffer.alloc(1000)).fill(255, 10, 20);
  const sent = new RawConnection(url);
  sent.send(...POST, "content-encoding: gzip", "content-length: 100000", "", "").write(damaged);
  expect(await sent.untilClosed()).toMatch(/^HTTP\/1\.1 400 [\s\S]*REQUEST_INVALID/);
});

test("a client that asks whether to send its body is told to go on", async () => {
  const { url } = await serveEcho(echoOf(["int32"]));
  const body = JSON.stringify({ inputs: [{ name: "x_int32", datatype: "INT32", shape: [1, 1], data: [7] }] });
  const polite = new RawConnection(url);
  await polite.send(...POST, "expect: 100-continue", `content-length: ${body.length}`, "", "").until(/100 Continue/);
  expect(await polite.send(body).until(/"data":\[7\]/)).toContain("HTTP/1.1 200 OK");
  polite.socket.destroy();
});

test.each([
  ["a length and chunks", ["content-length: 5", "transfer-encoding: chunked"]],
  ["two lengths", ["content-length: 5", "content-length: 6"]],
  ["a length that is none", ["content-length: 5, 6"]],
  ["a name with a space", ["content-length : 5"]],
  ["a folded line", ["x-a: b", " content-length: 5"]],
])("a request with %s is refused, and the connection ends", async (_, lines) => {
  const { url } = await serveEcho(echoOf(["int32"]));
  const answer = await new RawConnection(url).send(...POST, ...lines, "", "0", "", "").untilClosed();
  expect(answer).toMatch(/^HTTP\/1\.1 400 [\s\S]*REQUEST_INVALID/);
  expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
});

test("limits that make no sense are refused", async () => {
  const broken = (options: object): Promise<Serving> => serveEcho(echoOf(["int32"]), {}, options);
  await expect(broken({ headersTimeoutMs: 0 })).rejects.toMatchObject({ code: "OPTION_INVALID" });
  await expect(broken({ maxConnections: 1.5 })).rejects.toMatchObject({ code: "OPTION_INVALID" });
});

test("what is refused before it reaches a model is counted by its code", async () => {
  const { url } = await serveEcho(echoOf(["int32"]), {}, { maxBodyBytes: 1000 });
  await post(`${url}/v2/models/echo/infer`, " ".repeat(1001));
  await get(`${url}/v2/nothing`);
  await new RawConnection(url).send("nonsense", "", "").untilClosed();
  const { text } = await get(`${url}/metrics`);
  for (const code of ["BODY_TOO_LARGE", "ROUTE_UNKNOWN", "REQUEST_INVALID"]) {
    expect(text.split("\n")).toContain(`torchrelay_refused_total{code="${code}"} 1`);
  }
});
