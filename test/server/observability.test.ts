import { expect, test } from "vitest";
import { bareCall, INFERENCE } from "./bare-grpc.ts";
import { echoOf, failure, get, post, serveEcho } from "./serving.ts";

function request(...values: readonly number[]): object {
  return { inputs: [{ name: "x_int32", datatype: "INT32", shape: [values.length, 1], data: values }] };
}

/** A server that has answered three rows in two requests, failed one while running, and refused one. */
async function used(): Promise<string> {
  const { url } = await serveEcho(echoOf(["int32"], { throwOn: 9 }));
  const infer = `${url}/v2/models/echo/infer`;
  expect((await post(infer, request(1))).status).toBe(200);
  expect((await post(infer, request(2, 3))).status).toBe(200);
  expect(failure(await post(infer, request(9)))).toEqual([500, "RUN_FAILED"]);
  expect(failure(await post(infer, { inputs: [] }))).toEqual([400, "INPUT_NAME"]);
  return url;
}

test("statistics count requests, rows and batches", async () => {
  const url = await used();
  const stats = JSON.parse((await get(`${url}/v2/models/echo/stats`)).text);
  expect(stats.model_stats).toMatchObject([
    { name: "echo", version: "1", inference_count: 3, inference_stats: { success: { count: 2 }, fail: { count: 2 } } },
  ]);
  const [{ inference_stats: times, last_inference: last }] = stats.model_stats;
  expect(times.success.ns).toBeGreaterThanOrEqual(times.queue.ns);
  expect(last).toBeGreaterThan(Date.parse("2020-01-01"));
  expect(times.compute_infer.count).toBe(2);
  const sizes: { batch_size: number; compute_infer: { count: number } }[] = stats.model_stats[0].batch_stats;
  expect(sizes.map(({ batch_size, compute_infer }) => [batch_size, compute_infer.count])).toEqual([
    [1, 2],
    [2, 1],
  ]);
  for (const path of ["/v2/models/stats", "/v2/models/echo/versions/1/stats"]) {
    expect(JSON.parse((await get(url + path)).text), path).toEqual(stats);
  }
});

test("metrics are in Prometheus's text format", async () => {
  const url = await used();
  const { text, headers } = await get(`${url}/metrics`);
  expect(headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  const echo = 'model="echo",version="1"';
  const expected = [
    "torchrelay_ready 1",
    `nv_inference_request_success{${echo}} 2`,
    `nv_inference_request_failure{${echo},reason="BACKEND"} 1`,
    `nv_inference_request_failure{${echo},reason="OTHER"} 1`,
    `nv_inference_request_failure{${echo},reason="REJECTED"} 0`,
    `nv_inference_count{${echo}} 3`,
    `nv_inference_pending_request_count{${echo}} 0`,
    `torchrelay_rejected_total{${echo},reason="queueFull"} 0`,
  ];
  for (const line of expected) expect(text.split("\n")).toContain(line);
  const line = /^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? -?[\d.]+(e[-+]\d+)?)$/;
  for (const given of text.trimEnd().split("\n")) expect(given).toMatch(line);
});

test("the histogram of batches is cumulative and adds up", async () => {
  const { text } = await get(`${await used()}/metrics`);
  const value = (pattern: RegExp): number => Number(pattern.exec(text)?.[1]);
  const buckets = [...text.matchAll(/^torchrelay_batch_rows_bucket\{.*le="[^"]+"\} (\d+)$/gm)].map(([, n]) =>
    Number(n),
  );
  expect(buckets).toEqual(buckets.toSorted((a, b) => a - b));
  expect(buckets.at(-1)).toBe(value(/^torchrelay_batch_rows_count\{.*\} (\d+)$/m));
  expect(value(/^nv_inference_exec_count\{.*\} (\d+)$/m)).toBe(buckets.at(-1));
});

test("times of the queue, of computing and of the whole are histograms in seconds", async () => {
  const { text } = await get(`${await used()}/metrics`);
  for (const name of ["queue", "compute", "inference"]) {
    const lines = text.matchAll(new RegExp(`^torchrelay_${name}_seconds_bucket\\{.*le="([^"]+)"\\} (\\d+)$`, "gm"));
    const buckets = [...lines].map(([, bound, count]) => [Number(bound?.replace("+Inf", "Infinity")), Number(count)]);
    const bounds = buckets.map(([bound]) => bound as number);
    const counts = buckets.map(([, count]) => count as number);
    expect(bounds, name).toEqual(bounds.toSorted((a, b) => a - b));
    expect(bounds.at(-1)).toBe(Number.POSITIVE_INFINITY);
    expect(counts).toEqual(counts.toSorted((a, b) => a - b));
    const total = Number(new RegExp(`^torchrelay_${name}_seconds_count\\{.*\\} (\\d+)$`, "m").exec(text)?.[1]);
    expect(total).toBeGreaterThanOrEqual(2);
    expect(counts.at(-1)).toBe(total);
  }
});

test("while a batch runs, its worker is busy and the rows behind it are in the queue", async () => {
  const { url } = await serveEcho(echoOf(["int32"], { delayMs: 1000 }), { maxBatchRows: 2 });
  const infer = (...values: readonly number[]): Promise<unknown> =>
    post(`${url}/v2/models/echo/infer`, request(...values));
  const first = infer(1, 2);
  const metric = async (name: string): Promise<number> => {
    const { text } = await get(`${url}/metrics`);
    return Number(new RegExp(`^torchrelay_${name} (\\d+)$`, "m").exec(text)?.[1]);
  };
  while ((await metric('workers\\{state="busy"\\}')) !== 1);
  const second = infer(3, 4);
  while ((await metric('queued_rows\\{model="echo",version="1"\\}')) !== 2);
  await Promise.all([first, second]);
  expect(await metric('workers\\{state="busy"\\}')).toBe(0);
  expect(await metric('workers\\{state="ready"\\}')).toBe(1);
});

test("the server tells its version, and counts requests by what carried them", async () => {
  const { url, server } = await serveEcho(echoOf(["int32"]));
  const port = await server.listenGrpc({ port: 0 });
  await bareCall({ port, path: `${INFERENCE}/ServerReady` });
  await get(`${url}/v2`);
  const { text } = await get(`${url}/metrics`);
  expect(text).toMatch(/^torchrelay_build_info\{version="\d+\.\d+\.\d+",node="[\d.]+"\} 1$/m);
  expect(text).toContain('torchrelay_requests_total{carrier="http"} 2\n');
  expect(text).toContain('torchrelay_requests_total{carrier="grpc"} 1\n');
});

test("an event loop that is held up shows", async () => {
  const url = await used();
  const totalSeconds = async (): Promise<number> => {
    const { text } = await get(`${url}/metrics`);
    return Number(/^torchrelay_event_loop_delay_seconds_sum (.*)$/m.exec(text)?.[1]);
  };
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  while ((await totalSeconds()) < 0.1);
});

test("what a failure says shows no path of the server", async () => {
  const url = await used();
  const { text } = await post(`${url}/v2/models/echo/infer`, request(9));
  expect(text).toContain("the model failed while running: asked to");
  expect(text).not.toMatch(/\/|\\n|at /);
});
