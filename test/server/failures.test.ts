import { once } from "node:events";
import net from "node:net";
import { expect, test } from "vitest";
import { wantsText } from "../../src/server/wants-text.ts";
import { echoOf, failure, get, post, serveEcho, serving } from "./serving.ts";

test.each([
  [undefined, false],
  ["", false],
  ["*/*", false],
  ["application/json", false],
  ["image/png", false],
  ["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", false],
  ["text/plain, application/json;q=0.1", false],
  ["text/plain", true],
  ["TEXT/HTML ; q=0.5", true],
  ["text/*", true],
  ["text/plain, application/json;q=0, */*;q=0.000", true],
  [",;,=;q=;text/plain", false],
])("a client that accepts %o gets text: %o", (accept, isText) => {
  expect(wantsText(accept)).toBe(isText);
});

test("failures are JSON, or their text alone for those who take no JSON, and always have a code", async () => {
  const { url } = await serving();
  const json = await get(`${url}/v2/nothing`);
  expect(json.headers.get("content-type")).toMatch(/^application\/json/);
  expect(failure(json)).toEqual([404, "ROUTE_UNKNOWN"]);
  const text = await get(`${url}/v2/n%C3%B6thing`, { headers: { accept: "text/plain" } });
  expect(text).toMatchObject({ status: 404, text: "there is nothing at /v2/n%C3%B6thing; /docs tells what there is" });
  expect(text.headers.get("content-type")).toBe("text/plain; charset=utf-8");
  for (const { headers } of [json, text]) {
    expect(headers.get("x-error-code")).toBe("ROUTE_UNKNOWN");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
  }
  expect(failure(await get(`${url}/v2/nothing`, { headers: { accept: ";;q=x,\t/" } }))[0]).toBe(404);
});

test.each(["POST", "PUT"])("where there is nothing, a body is not read: %s", async (method) => {
  const { url } = await serving();
  const headers = { "content-type": "application/json" };
  const given = await get(`${url}/v2/nothing`, { method, headers, body: "{ this is no JSON" });
  expect(failure(given)).toEqual([404, "ROUTE_UNKNOWN"]);
});

test("addresses that cannot be read are refused in the same form", async () => {
  const { url } = await serving();
  expect(failure(await get(`${url}/v2/models/%zz`))).toEqual([400, "REQUEST_INVALID"]);
  expect(failure(await get(`${url}/v2/models/${"m".repeat(300)}`))).toEqual([404, "ROUTE_UNKNOWN"]);
});

test("HEAD is for what GET is for; every other method is refused with those that are legal", async () => {
  const { url } = await serveEcho(echoOf(["int32"]));
  const head = await get(`${url}/v2/health/ready`, { method: "HEAD" });
  expect([head.status, head.text]).toEqual([200, ""]);
  const missing = await get(`${url}/v2/models/ecko`, { method: "HEAD" });
  expect([missing.status, missing.headers.get("x-error-code")]).toEqual([404, "MODEL_UNKNOWN"]);
  const cases = [
    ["/v2", "PUT", "GET, HEAD"],
    ["/v2/models/echo/infer", "HEAD", "POST"],
    ["/v2/models/echo/infer", "QUERY", "POST"],
    ["/v1/models/echo:predict", "GET", "POST"],
    ["/v1/models/echo", "POST", "GET, HEAD"],
  ] as const;
  for (const [path, method, legal] of cases) {
    const { status, headers } = await get(url + path, { method });
    expect([status, headers.get("allow"), headers.get("x-error-code")], `${method} ${path}`).toEqual([
      405,
      legal,
      "METHOD_NOT_ALLOWED",
    ]);
  }
});

/** All that comes back for some bytes, up to the end of the connection. */
async function exchange(port: number, bytes: string): Promise<{ head: string; body: Record<string, unknown> }> {
  const socket = net.connect(port, "127.0.0.1");
  const chunks: Buffer[] = [];
  socket.on("data", (chunk) => chunks.push(chunk));
  socket.write(bytes);
  await once(socket, "close");
  const [head = "", body = ""] = Buffer.concat(chunks).toString().split("\r\n\r\n");
  return { head, body: JSON.parse(body) };
}

test("what is no HTTP, or has too many headers, is answered in the same form too", async () => {
  const { url } = await serving();
  const port = Number(new URL(url).port);
  const malformed = await exchange(port, "HELLO\r\n\r\n");
  expect(malformed.head).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
  expect(malformed.head).toContain("connection: close");
  expect(malformed.body).toMatchObject({ code: "REQUEST_INVALID" });
  const long = await exchange(port, `GET /v2 HTTP/1.1\r\nhost: a\r\nx-long: ${"a".repeat(20_000)}\r\n\r\n`);
  expect(long.head).toMatch(/^HTTP\/1\.1 431 /);
  expect(long.body).toEqual({ error: "the headers are larger than 16384 bytes", code: "HEADERS_TOO_LARGE" });
});

test("compressed bodies that are not there, or not read, do no harm", async () => {
  const { url } = await serveEcho(echoOf(["int32"]));
  for (const path of ["/v2/models/echo/infer", "/v2/models/ecko/infer", "/v2/repository/index", "/v2/nothing"]) {
    for (const type of ["", "application/json", "text/html"]) {
      const headers = { "content-encoding": "gzip", ...(type && { "content-type": type }) };
      const { status } = await get(url + path, { method: "POST", headers });
      expect([400, 403, 404, 415], `${path} ${type}`).toContain(status);
    }
  }
  expect((await get(`${url}/v2/health/ready`)).status).toBe(200);
});

test("a bug in the server is a 500 that tells neither path nor stack", async () => {
  const { engine, server, url } = await serving();
  const model = await engine.open(echoOf(["int32"]));
  const broken = new Proxy(model, {
    get: (target, key) => {
      if (key === "infer") throw new TypeError(`no such field in ${import.meta.filename}`);
      const value = Reflect.get(target, key, target) as unknown;
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  server.add("broken", broken);
  const inputs = [{ name: "x_int32", datatype: "INT32", shape: [1, 1], data: [1] }];
  const reply = await post(`${url}/v2/models/broken/infer`, { inputs });
  expect(failure(reply)).toEqual([500, "INTERNAL"]);
  expect(JSON.parse(reply.text).error).toBe("the server failed: no such field in failures.test.ts");
});

test("unless it is enabled, nobody may list, load or unload models", async () => {
  const { url } = await serveEcho(echoOf(["int32"]));
  for (const call of ["index", "models/echo/load", "models/echo/unload"]) {
    expect(failure(await post(`${url}/v2/repository/${call}`, {})), call).toEqual([403, "REPOSITORY_OFF"]);
  }
});
