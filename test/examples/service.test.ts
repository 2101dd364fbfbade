import { EventEmitter, once } from "node:events";
import Fastify from "fastify";
import { RelayError } from "torchrelay";
import { expect, test } from "vitest";
import { answerRelayErrors, disconnection } from "../../examples/service.ts";

function failing(error: Error): ReturnType<typeof Fastify> {
  const app = Fastify();
  answerRelayErrors(app);
  app.get("/", () => Promise.reject(error));
  return app;
}

test("a full queue is answered with 429, and when to try again", async () => {
  const app = failing(new RelayError("QUEUE_FULL", { queued: 9, capacity: 9, retryAfterMs: 1200 }));
  const { statusCode, headers, body } = await app.inject("/");
  expect([statusCode, headers["retry-after"]]).toEqual([429, "2"]);
  expect(JSON.parse(body)).toMatchObject({ error: "QUEUE_FULL", message: expect.stringContaining("retry after") });
});

test("a passed deadline is answered with 504, and a failure of the model without its details", async () => {
  const late = failing(new RelayError("DEADLINE_EXCEEDED", { deadlineMs: 1000, waitedMs: 1001 }));
  expect((await late.inject("/")).statusCode).toBe(504);
  const broken = await failing(new RelayError("RUN_FAILED", { reason: "secret" })).inject("/");
  expect([broken.statusCode, broken.body]).toEqual([500, expect.not.stringContaining("secret")]);
});

test("a client that disconnects aborts its request, one that waits does not", async () => {
  const app = Fastify({ forceCloseConnections: true });
  const signals: AbortSignal[] = [];
  const arrivals = new EventEmitter();
  const arrived = once(arrivals, "request") as Promise<[AbortSignal]>;
  app.post("/", async (request, reply) => {
    const signal = disconnection(reply);
    signals.push(signal);
    if ((request.body as { wait: boolean }).wait) {
      arrivals.emit("request", signal);
      await once(signal, "abort");
    }
    return {};
  });
  const url = await app.listen({ port: 0 });
  const client = new AbortController();
  const post = (wait: boolean, signal?: AbortSignal): Promise<Response> =>
    fetch(url, {
      method: "POST",
      body: JSON.stringify({ wait }),
      headers: { "content-type": "application/json" },
      ...(signal && { signal }),
    });
  expect((await post(false)).status).toBe(200);
  const abandoned = post(true, client.signal);
  const [signal] = await arrived;
  client.abort();
  await expect(abandoned).rejects.toThrow();
  if (!signal.aborted) await once(signal, "abort");
  await app.close();
  expect(signals.map(({ aborted }) => aborted)).toEqual([false, true]);
});
