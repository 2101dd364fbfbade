import { once } from "node:events";
import http from "node:http";
import { expect, test } from "vitest";
import { echoOf, failure, get, post, type Reply, type Serving, serveEcho, serving } from "./serving.ts";

function request(value: number, parameters: object = {}): object {
  return { parameters, inputs: [{ name: "x_int32", datatype: "INT32", shape: [1, 1], data: [value] }] };
}

function answered({ status, text }: Reply): number {
  expect(status, text).toBe(200);
  return (JSON.parse(text) as { outputs: [{ data: [number] }] }).outputs[0].data[0];
}

/** How long the slow model takes for a batch. */
const SLOW = { delayMs: 500 };

interface Busy extends Serving {
  readonly infer: string;
  /** The answer to the request that keeps the worker busy. */
  readonly running: Promise<Reply>;
  /** Resolves when the model has been given so many requests. */
  submitted(count: number): Promise<void>;
}

/** A server whose one worker is busy with one request. */
async function busy(options: { readonly queueCapacityRows?: number } = {}): Promise<Busy> {
  const site = await serving();
  const model = await site.engine.open(echoOf(["int32"], SLOW), { warmupMs: 0, maxBatchRows: 1, ...options });
  site.server.add("slow", model);
  const infer = `${site.url}/v2/models/slow/infer`;
  const submitted = async (count: number): Promise<void> => {
    while (model.stats().submitted < count) await new Promise((resolve) => setImmediate(resolve));
  };
  const running = post(infer, request(1));
  await submitted(1);
  return { ...site, infer, running, submitted };
}

test("a deadline by parameter or by header drops what waits too long; the shorter counts", async () => {
  const { infer, running } = await busy();
  const byParameter = post(infer, request(2, { timeout: 20_000 }));
  const byHeader = post(infer, request(3), { "x-request-timeout-ms": "20" });
  const byBoth = post(infer, request(4, { timeout: 3_600_000_000 }), { "x-request-timeout-ms": "20" });
  for (const reply of [byParameter, byHeader, byBoth]) {
    expect(failure(await reply)).toEqual([504, "DEADLINE_EXCEEDED"]);
  }
  expect(answered(await running)).toBe(1);
  expect(failure(await post(infer, request(5), { "x-request-timeout-ms": "soon" }))).toEqual([400, "REQUEST_INVALID"]);
});

test("no deadline is too far away", async () => {
  const { infer, running } = await busy();
  expect(answered(await post(infer, request(2, { timeout: Number.MAX_SAFE_INTEGER })))).toBe(2);
  expect(answered(await post(infer, request(3), { "x-request-timeout-ms": "1.5e+300" }))).toBe(3);
  expect(answered(await running)).toBe(1);
});

test("priority 1 comes before 2, and both before those without", async () => {
  const { infer, running, submitted } = await busy();
  const order: number[] = [];
  const replies = [0, 2, 1].map(async (priority, i) => {
    order.push(answered(await post(infer, request(priority + 10, { priority }))));
    return i;
  });
  await submitted(4);
  await Promise.all([running, ...replies]);
  expect(order).toEqual([11, 12, 10]);
});

test("a full queue is refused with the time after which to try again", async () => {
  const { infer, running, submitted } = await busy({ queueCapacityRows: 1 });
  const waiting = post(infer, request(2));
  await submitted(2);
  const refused = await post(infer, request(3));
  expect(failure(refused)).toEqual([429, "QUEUE_FULL"]);
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
  expect([answered(await running), answered(await waiting)]).toEqual([1, 2]);
});

test("a client that goes away frees its place in the queue", async () => {
  const { infer, running, submitted } = await busy({ queueCapacityRows: 1 });
  const gone = new AbortController();
  const left = fetch(infer, {
    method: "POST",
    body: JSON.stringify(request(2)),
    headers: { "content-type": "application/json" },
    signal: gone.signal,
  });
  const rejected = expect(left).rejects.toThrow();
  await submitted(2);
  gone.abort();
  await rejected;
  expect(answered(await running)).toBe(1);
  expect(answered(await post(infer, request(3)))).toBe(3);
});

test("health answers while every worker is busy", async () => {
  const { url, running } = await busy();
  const first = await Promise.race([running.then(() => "infer"), get(`${url}/v2/health/ready`).then(() => "health")]);
  expect(first).toBe("health");
  await running;
});

test("a server that closes is not ready, answers what is under way, and takes no more", async () => {
  const { server, infer, running } = await busy();
  const closed = server.close();
  expect(server.isReady).toBe(false);
  expect(answered(await running)).toBe(1);
  expect((await running).headers.get("connection")).toBe("close");
  await closed;
  await expect(fetch(infer)).rejects.toThrow();
});

test("in its grace period a server is not ready, but serves", async () => {
  const { server, url, infer, running } = await busy();
  const closed = server.close({ graceMs: 3_600_000 });
  expect((await get(`${url}/v2/health/ready`)).status).toBe(503);
  expect((await get(`${url}/v2/health/live`)).status).toBe(200);
  expect(answered(await post(infer, request(2)))).toBe(2);
  await running;
  await Promise.all([server.close({ force: true }), closed]);
  await expect(fetch(url)).rejects.toThrow();
});

test("a forced close cancels what is under way, and says so", async () => {
  const { server, running } = await busy();
  await server.close({ force: true });
  expect(failure(await running)).toEqual([499, "CANCELLED"]);
});

test("a forced close does not wait for a client that never finishes its request", async () => {
  const { server, url } = await serveEcho(echoOf(["int32"]));
  const client = http.request(`${url}/v2/models/echo/infer`, {
    method: "POST",
    headers: { "content-type": "application/json", "content-length": "100" },
  });
  const failed = once(client, "error");
  client.write("{");
  await once(client, "socket").then(([socket]) => once(socket, "connect"));
  await server.close({ force: true });
  await failed;
});
