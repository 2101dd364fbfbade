import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { Client } from "../../dist/client/index.js";
import { Tensor } from "../../dist/index.js";
import { Server } from "../../dist/server/index.js";
import { echoOf, failure, get, type Reply, serveEcho } from "./serving.ts";

const PAGE = "https://page.example";

/** What a browser asks before it posts. */
function preflight(url: string, origin: string): Promise<Reply> {
  const headers = {
    origin,
    "access-control-request-method": "POST",
    "access-control-request-headers": "content-type,inference-header-content-length",
  };
  return get(`${url}/v2/models/echo/infer`, { method: "OPTIONS", headers });
}

function allowedOrigin({ headers }: Reply): string | null {
  return headers.get("access-control-allow-origin");
}

test("by default no page of another origin may call", async () => {
  const { url } = await serveEcho(echoOf(["int32"]));
  expect(failure(await preflight(url, PAGE))).toEqual([405, "METHOD_NOT_ALLOWED"]);
  expect(allowedOrigin(await get(`${url}/v2`, { headers: { origin: PAGE } }))).toBeNull();
});

test("pages of the origins that are named may call, and no others", async () => {
  const { url } = await serveEcho(echoOf(["int32"]), {}, { cors: [PAGE] });
  const allowed = await preflight(url, PAGE);
  expect(allowed.status).toBe(204);
  expect(allowedOrigin(allowed)).toBe(PAGE);
  expect(allowed.headers.get("access-control-allow-methods")).toContain("POST");
  expect(allowed.headers.get("access-control-allow-headers")).toContain("inference-header-content-length");
  expect(allowed.headers.get("vary")).toBe("origin");
  for (const origin of ["https://other.example", `${PAGE}.other.example`, "null"]) {
    const refused = await preflight(url, origin);
    expect(allowedOrigin(refused), origin).toBeNull();
    expect(refused.headers.get("access-control-allow-methods")).toBeNull();
  }
});

test("answers say that the page may read them, errors too, and what of their headers", async () => {
  const { url } = await serveEcho(echoOf(["int32"]), {}, { cors: [PAGE] });
  for (const path of ["/v2", "/v2/nothing"]) {
    const reply = await get(url + path, { headers: { origin: PAGE } });
    expect(allowedOrigin(reply)).toBe(PAGE);
    const exposed = reply.headers.get("access-control-expose-headers");
    for (const name of ["inference-header-content-length", "retry-after", "x-request-id"]) {
      expect(exposed).toContain(name);
    }
  }
});

test("any origin may be allowed", async () => {
  const { url } = await serveEcho(echoOf(["int32"]), {}, { cors: ["*"] });
  expect(allowedOrigin(await preflight(url, PAGE))).toBe("*");
  expect(allowedOrigin(await get(`${url}/v2`, { headers: { origin: PAGE } }))).toBe("*");
});

test("a preflight needs no key, but the call does", async () => {
  const apiKeys = [{ name: "page", sha256: "0".repeat(64) }];
  const { url } = await serveEcho(echoOf(["int32"]), {}, { cors: [PAGE], apiKeys });
  const asked = await preflight(url, PAGE);
  expect(asked.status).toBe(204);
  expect(asked.headers.get("access-control-allow-headers")).toMatch(/authorization.*x-api-key/);
  const called = await get(`${url}/v2`, { headers: { origin: PAGE } });
  expect(failure(called)).toEqual([401, "KEY_REQUIRED"]);
  expect(allowedOrigin(called)).toBe(PAGE);
});

/** What browsers send of their own accord, or need not ask for. */
const UNASKED = /^(accept.*|connection|content-length|host|sec-.*|user-agent)$/;

test("all headers that the client sends are allowed", async () => {
  const { url } = await serveEcho(echoOf(["int32"]), {}, { cors: [PAGE] });
  const allowed = (await preflight(url, PAGE)).headers.get("access-control-allow-headers")?.split(", ");
  const recorder = createServer((request, response) => {
    expect(allowed).toEqual(expect.arrayContaining(Object.keys(request.headers).filter((name) => !UNASKED.test(name))));
    response.writeHead(200).end("{}");
  });
  await once(recorder.listen(0, "127.0.0.1"), "listening");
  const { port } = recorder.address() as AddressInfo;
  const client = new Client(`http://127.0.0.1:${port}`, { headers: { "x-api-key": "key" }, retries: 0 });
  const inferred = client.infer(
    "echo",
    { x_int32: new Tensor("int32", Int32Array.of(7), [1, 1]) },
    { deadlineMs: 1e4 },
  );
  await expect(inferred).rejects.toMatchObject({ code: "SERVER_REFUSED", details: { status: 200 } });
  recorder.close();
});

test("what no browser sends as an origin is refused", async () => {
  const { engine } = await serveEcho(echoOf(["int32"]));
  const server = (origin: string): Server => new Server(engine, { cors: [PAGE, origin] });
  for (const origin of ["page.example", `${PAGE}/`, `${PAGE}:443`, "https://PAGE.example", "https://*.example", ""]) {
    expect(() => server(origin), origin).toThrow(expect.objectContaining({ code: "OPTION_INVALID" }));
  }
  for (const origin of ["*", "null", "http://localhost:3000", "capacitor://localhost"]) await server(origin).close();
});
