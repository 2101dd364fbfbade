import { once } from "node:events";
import net from "node:net";
import { expect, test } from "vitest";
import { echoOf, serving } from "./serving.ts";

const REQUESTS = 8;

function post(url: string, route: string, body: unknown): string {
  const text = JSON.stringify(body);
  const head = [`POST ${route} HTTP/1.1`, `host: ${new URL(url).host}`, "content-type: application/json"];
  return [...head, `content-length: ${Buffer.byteLength(text)}`, "", text].join("\r\n");
}

/** Sends requests in one piece, so that the server has all of them in one turn; gives what it answers to all. */
async function answersTo(url: string, requests: readonly string[]): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = net.connect(Number(port), hostname);
  socket.write(requests.join(""));
  let text = "";
  while (text.split("HTTP/1.1 ").length <= requests.length) text += (await once(socket, "data"))[0];
  socket.destroy();
  return text;
}

test.each([
  ["/v2/models/echo/infer", { inputs: [{ name: "x_int32", datatype: "INT32", shape: [1, 1], data: [7] }] }],
  ["/v1/models/echo:predict", { instances: [[7]] }],
])("requests that arrive together share a batch: %s", async (route, body) => {
  const { engine, server, url } = await serving();
  // Warm-up finds that large batches pay, since a run takes as long whatever it is given.
  const model = await engine.open(echoOf(["int32"], { delayMs: 2 }));
  server.add("echo", model);
  const before = model.stats().batches.worker;
  const text = await answersTo(
    url,
    Array.from({ length: REQUESTS }, () => post(url, route, body)),
  );
  expect(text.match(/HTTP\/1\.1 200 /g)).toHaveLength(REQUESTS);
  expect(model.stats().batches.worker - before).toBe(1);
});
