import { status } from "@grpc/grpc-js";
import { expect, test } from "vitest";
import type { ProtobufMessage, ProtobufRecord } from "../../src/container/index.ts";
import { calling, callingPort, type Stream } from "./grpc-calling.ts";
import { echoed, request, slow, until } from "./grpc-requests.ts";
import { echoOf, serveEcho, serving } from "./serving.ts";

const STREAM = "ModelStreamInfer";

interface Answer {
  readonly error: string;
  readonly id: string | undefined;
  readonly value: number | undefined;
}

function read(record: ProtobufRecord | undefined): Answer {
  const response = record?.record("infer_response");
  return { error: record?.text("error_message") ?? "", id: response?.text("id"), value: echoed(response) };
}

async function take(stream: Stream, count: number): Promise<Answer[]> {
  const answers: Answer[] = [];
  while (answers.length < count) answers.push(read(await stream.next()));
  return answers;
}

test("a stream answers each request, and ends when the client has no more", async () => {
  await calling(await serveEcho(echoOf(["int32"])), async ({ stream }) => {
    const calls = stream(STREAM);
    for (const value of [1, 2, 3]) calls.send(request(value));
    calls.end();
    const answers = await take(calls, 3);
    expect(answers.map(({ id, value }) => [id, value]).toSorted()).toEqual([
      ["1", 1],
      ["2", 2],
      ["3", 3],
    ]);
    expect(await calls.next()).toBeUndefined();
    const none = stream(STREAM);
    none.end();
    expect(await none.next()).toBeUndefined();
  });
});

test("answers come as soon as they are there, whatever the order of the requests", async () => {
  const site = await slow(50);
  await calling(site, async ({ stream }) => {
    const calls = stream(STREAM);
    calls.send(request(1));
    await until(() => site.model.stats().submitted === 1);
    calls.send(request(2));
    calls.send(request(3, { priority: { int64_param: 1 } }));
    calls.end();
    expect((await take(calls, 3)).map(({ value }) => value)).toEqual([1, 3, 2]);
  });
});

test("a request that fails says so, and the stream goes on", async () => {
  await calling(await serveEcho(echoOf(["int32"])), async ({ stream }) => {
    const calls = stream(STREAM);
    calls.send({ ...request(1), model_name: "ecko" });
    expect(read(await calls.next())).toMatchObject({ error: expect.stringContaining("did you mean echo?"), id: "1" });
    calls.sendBytes(Uint8Array.of(10, 200));
    expect(read(await calls.next()).error).toContain("cut short");
    calls.sendBytes(Uint8Array.of(26, 1, 65, 26, 1, 66));
    expect(read(await calls.next())).toMatchObject({
      error: expect.stringContaining("there is no model"),
      id: undefined,
    });
    calls.send(request(2, { timeout: { int64_param: -1 } }));
    expect(read(await calls.next())).toMatchObject({ error: expect.stringContaining("timeout"), id: "2" });
    calls.send(request(3));
    expect(read(await calls.next())).toEqual({ error: "", id: "3", value: 3 });
    calls.cancel();
  });
});

test("who asks for the flag of the last answer gets it, with answers and errors", async () => {
  await calling(await serveEcho(echoOf(["int32"])), async ({ stream }) => {
    const calls = stream(STREAM);
    const asks = { triton_enable_empty_final_response: { bool_param: 1 } };
    const flagOf = async (): Promise<unknown> => {
      const [flag] = (await calls.next())?.record("infer_response")?.records("parameters") ?? [];
      return flag && [flag.text("key"), flag.record("value")?.integer("bool_param")];
    };
    calls.send(request(1, asks));
    expect(await flagOf()).toEqual(["triton_final_response", 1]);
    calls.send({ ...request(2, asks), model_name: "ecko" });
    expect(await flagOf()).toEqual(["triton_final_response", 1]);
    calls.send(request(3, { triton_enable_empty_final_response: { bool_param: 0 } }));
    expect(await flagOf()).toBeUndefined();
    calls.cancel();
  });
});

test("a stream that the client cancels frees its places in the queue", async () => {
  const site = await slow();
  await calling(site, async ({ stream }) => {
    const calls = stream(STREAM);
    for (const value of [1, 2, 3]) calls.send(request(value));
    await until(() => site.model.stats().submitted === 3);
    const ended = expect(calls.next()).rejects.toMatchObject({ code: status.CANCELLED });
    calls.cancel();
    await ended;
    await until(() => site.model.stats().running + site.model.stats().queued === 0);
    expect(site.model.stats()).toMatchObject({ cancelled: 3, completed: 0 });
  });
});

test("the deadline of a stream is that of its requests, unless they have a shorter one", async () => {
  const site = await slow();
  await calling(site, async ({ call, stream }) => {
    const running = call("ModelInfer", request(1));
    await until(() => site.model.stats().submitted === 1);
    const own = stream(STREAM);
    own.send(request(2, { timeout: { uint64_param: 20_000 } }));
    expect(read(await own.next())).toMatchObject({ error: expect.stringContaining("nothing was computed"), id: "2" });
    own.end();
    const calls = stream(STREAM, { deadlineMs: 100 });
    calls.send(request(3));
    await expect(calls.next()).rejects.toMatchObject({ code: status.DEADLINE_EXCEEDED });
    expect(echoed(await running)).toBe(1);
    await until(() => site.model.stats().queued === 0);
    expect(site.model.stats().rows).toBe(1);
  });
});

test("a server that closes answers what it has taken, and ends the stream", async () => {
  const site = await slow();
  await calling(site, async ({ stream }) => {
    const [busy, idle] = [stream(STREAM), stream(STREAM)];
    busy.send(request(1));
    idle.send(request(2));
    await until(() => site.model.stats().submitted === 2);
    const closed = site.server.close();
    for (const calls of [busy, idle]) {
      expect((await take(calls, 1))[0]?.error).toBe("");
      const error = await calls.next().catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: status.UNAVAILABLE, details: expect.stringContaining("closing") });
      const { metadata } = error as { metadata: { get(name: string): unknown[] } };
      expect(metadata.get("torchrelay-code")).toEqual(["SERVER_CLOSING"]);
    }
    await closed;
  });
});

test("no more requests of a stream are worked on than the limit says", async () => {
  const { model, ...site } = await slow(5);
  await calling(site, async ({ stream }) => {
    const calls = stream(STREAM);
    let most = 0;
    model.on("batch", () => {
      const { queued, running } = model.stats();
      most = Math.max(most, queued + running);
    });
    for (let value = 0; value < 300; value++) calls.send(request(value));
    calls.end();
    const values = (await take(calls, 300)).map(({ value }) => value);
    expect(new Set(values).size).toBe(300);
    expect(most).toBeLessThanOrEqual(256);
    expect(most).toBeGreaterThan(100);
  });
});

test("for a client that does not take its answers, no more of them are made", async () => {
  const [bytes, count] = [100_000, 200];
  const site = await serving({ maxBodyBytes: 2 * bytes });
  const model = await site.engine.open(echoOf(["uint8"]), { warmupMs: 0 });
  site.server.add("echo", model);
  const requestOf = (size: number): ProtobufMessage => ({
    model_name: "echo",
    inputs: [{ name: "x_uint8", datatype: "UINT8", shape: [1, size] }],
    raw_input_contents: [new Uint8Array(size)],
  });
  const port = await site.server.listenGrpc({ port: 0 });
  await callingPort(port, async ({ stream }) => {
    const calls = stream(STREAM);
    for (let i = 0; i < count; i++) calls.send(requestOf(bytes));
    calls.end();
    // Until its first read, the client's library takes all that comes.
    await take(calls, 1);
    await callingPort(port, async ({ call }) => {
      for (let i = 0; i < count; i++) await call("ModelInfer", requestOf(1));
    });
    expect(model.stats().rows).toBeLessThan(count + count / 2);
    expect((await take(calls, count - 1)).filter(({ error }) => error !== "")).toEqual([]);
    expect(await calls.next()).toBeUndefined();
    expect(model.stats().rows).toBe(2 * count);
  });
});

test("a message above the limit ends its stream, and no other", async () => {
  await calling(await serveEcho(echoOf(["int32"]), {}, { maxBodyBytes: 1000 }), async ({ stream }) => {
    const [first, second] = [stream(STREAM), stream(STREAM)];
    second.send(request(1));
    await second.next();
    first.sendBytes(new Uint8Array(1001));
    await expect(first.next()).rejects.toMatchObject({ code: status.RESOURCE_EXHAUSTED });
    second.send(request(2));
    expect(read(await second.next())).toEqual({ error: "", id: "2", value: 2 });
    second.end();
    expect(await second.next()).toBeUndefined();
  });
});
