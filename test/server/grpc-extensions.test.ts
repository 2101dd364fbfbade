import { createHash } from "node:crypto";
import { status } from "@grpc/grpc-js";
import { expect, test } from "vitest";
import { RelayError } from "../../dist/core/index.js";
import { DEFAULT_CONFIG } from "../../dist/engine/index.js";
import { GrpcInterface } from "../../dist/server/grpc/index.js";
import { modelConfig } from "../../dist/server/model-config.js";
import { ServerLog } from "../../dist/server/observe/server-log.js";
import { Reception } from "../../dist/server/reception.js";
import type { RepositoryControl } from "../../dist/server/repository-control.js";
import { ServerSite } from "../../dist/server/server-site.js";
import { statistics } from "../../dist/server/statistics.js";
import { MODEL_CONFIG_RESPONSE } from "../../src/server/grpc/config-messages.ts";
import { type FieldType, isMessageType } from "../../src/server/grpc/message-type.ts";
import { MODEL_STATISTICS_RESPONSE } from "../../src/server/grpc/statistics-messages.ts";
import { type Calls, calling, callingPort } from "./grpc-calling.ts";
import { echoed, request } from "./grpc-requests.ts";
import { DIGITS, echoOf, type Serving, serveEcho, serving } from "./serving.ts";

/** The properties that a message would not carry. */
function left(type: FieldType, value: unknown): string[] {
  if (!isMessageType(type)) return [];
  return Object.entries(value as object).flatMap(([name, inner]) => {
    const field = type.fields[name];
    if (!field) return [name];
    const items = field.label === "one" ? [inner] : Object.values(inner as object);
    return items.flatMap((item) => left(field.type, item).map((path) => `${name}.${path}`));
  });
}

/** Offers over gRPC what a server of the test's own would, and closes it after `use`. */
async function offering({ engine }: Serving, use: (calls: Calls, site: ServerSite) => Promise<void>): Promise<void> {
  const site = new ServerSite();
  const config = { ...DEFAULT_CONFIG, labels: { y_int32: ["no", "yes"] } };
  site.models.declare("echo", "1").becomeReady(await engine.open(echoOf(["int32"]), { warmupMs: 0 }), config);
  const log = new ServerLog({ level: "silent", access: false, sink: process.stderr });
  const reception = new Reception(site, { keys: undefined, tracerProvider: undefined, log });
  const grpc = new GrpcInterface(reception, { maxBytes: 1000 });
  const port = await grpc.listen("127.0.0.1", 0);
  try {
    await callingPort(port, (calls) => use(calls, site));
  } finally {
    grpc.cut();
  }
}

function codeOf(error: unknown): unknown {
  return (error as { metadata: { get(name: string): unknown[] } }).metadata.get("torchrelay-code")[0];
}

test("a model's configuration has all that its JSON form has", async () => {
  const site = await serving();
  await site.server.load("digits", DIGITS);
  await calling(site, async ({ call }) => {
    const config = (await call("ModelConfig", { name: "digits" })).record("config");
    expect([config?.text("name"), config?.text("platform")]).toEqual(["digits", "pytorch_export"]);
    const [input] = config?.records("input") ?? [];
    const [output] = config?.records("output") ?? [];
    expect([input?.text("name"), input?.integer("data_type")]).toEqual(["x", 11]);
    expect([output?.text("name"), output?.integer("data_type")]).toEqual(["logits", 11]);
    expect(input?.integers("dims").slice(-3)).toEqual([1, 28, 28]);
    expect(config?.records("instance_group")[0]?.integer("kind")).toBe(2);
    expect(config?.record("version_policy")?.record("latest")?.integer("num_versions")).toBe(1);
    await expect(call("ModelConfig", { name: "digit" })).rejects.toMatchObject({ code: status.NOT_FOUND });
  });
  await offering(site, async (_, { models }) => {
    const served = models.get("echo");
    expect(left(MODEL_CONFIG_RESPONSE, { config: modelConfig(served) })).toEqual([]);
    expect(left(MODEL_STATISTICS_RESPONSE, statistics([served]))).toEqual([]);
    expect(left(MODEL_CONFIG_RESPONSE, { config: { input: [{ dims: [], shape: [] }] } })).toEqual([
      "config.input.shape",
    ]);
  });
});

test("statistics count as those of HTTP do, of one model or all", async () => {
  const site = await serveEcho(echoOf(["int32"]));
  await calling(site, async ({ call }) => {
    for (const value of [1, 2, 3]) await call("ModelInfer", request(value));
    await expect(call("ModelInfer", { ...request(4), inputs: [] })).rejects.toThrow();
    for (const asked of [{}, { name: "echo" }, { name: "echo", version: "1" }]) {
      const [stats, ...others] = (await call("ModelStatistics", asked)).records("model_stats");
      expect(others).toEqual([]);
      expect([stats?.text("name"), stats?.text("version")]).toEqual(["echo", "1"]);
      expect([stats?.integer("inference_count"), stats?.integer("execution_count")]).toEqual([3, 3]);
      const times = stats?.record("inference_stats");
      expect([times?.record("success")?.integer("count"), times?.record("fail")?.integer("count")]).toEqual([3, 1]);
      expect(times?.record("success")?.integer("ns")).toBeGreaterThan(0);
    }
    await expect(call("ModelStatistics", { name: "other" })).rejects.toMatchObject({ code: status.NOT_FOUND });
  });
});

const TARGET = { model_name: "echo" };

test("the repository calls are off unless the server says otherwise", async () => {
  await calling(await serveEcho(echoOf(["int32"])), async ({ call }) => {
    const methods: [string, object][] = [
      ["RepositoryIndex", {}],
      ["RepositoryModelLoad", TARGET],
      ["RepositoryModelUnload", TARGET],
    ];
    for (const [method, message] of methods) {
      const error = await call(method, message as never).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: status.PERMISSION_DENIED });
      expect(codeOf(error)).toBe("REPOSITORY_OFF");
    }
  });
});

test("the repository calls say what the client said", async () => {
  const done: unknown[] = [];
  const repository: RepositoryControl = {
    index: async ({ ready }) => {
      done.push(["index", ready]);
      return [{ name: "echo", version: "1", state: "READY", reason: "" }];
    },
    load: async (name, parameters) => void done.push(["load", name, parameters]),
    unload: async (name) => {
      throw new RelayError("MODEL_UNKNOWN", { model: name, hint: "models: echo" });
    },
  };
  await offering(await serving(), async ({ call }, site) => {
    site.repository = repository;
    const [entry] = (await call("RepositoryIndex")).records("models");
    expect([entry?.text("name"), entry?.text("version"), entry?.text("state")]).toEqual(["echo", "1", "READY"]);
    await call("RepositoryIndex", { ready: 1 });
    const parameters = [
      { key: "config", value: { string_param: "{}" } },
      { key: "file:1/model.pt2", value: { bytes_param: Uint8Array.of(1, 2) } },
      { key: "deep", value: { bool_param: 0 } },
      { key: "count", value: { int64_param: -1 } },
      { key: "nothing", value: {} },
    ];
    await call("RepositoryModelLoad", { ...TARGET, parameters });
    const given = { config: "{}", "file:1/model.pt2": "AQI=", deep: false, count: -1 };
    expect(done).toEqual([
      ["index", false],
      ["index", true],
      ["load", "echo", given],
    ]);
    await expect(call("RepositoryModelUnload", TARGET)).rejects.toMatchObject({ code: status.NOT_FOUND });
    await expect(call("RepositoryIndex", { repository_name: "other" })).rejects.toMatchObject({
      code: status.INVALID_ARGUMENT,
    });
  });
});

const REFLECTION = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
const WATCH = "/grpc.health.v1.Health/Watch";
const [SERVING, NOT_SERVING, SERVICE_UNKNOWN] = [1, 2, 3];

test("who watches the health is told of every change, and when the server closes", async () => {
  const site = await serving();
  await calling(site, async ({ watch, call }) => {
    const stream = watch(WATCH, { service: "inference.GRPCInferenceService" });
    const told = async (): Promise<unknown> => (await stream.next())?.integer("status");
    expect(await told()).toBe(SERVING);
    const loading = site.server.load("digits", DIGITS);
    expect(await told()).toBe(NOT_SERVING);
    await loading;
    expect(await told()).toBe(SERVING);
    const list = (await call("/grpc.health.v1.Health/List")).records("statuses");
    expect(list.map((entry) => [entry.text("key"), entry.record("value")?.integer("status")])).toEqual([
      ["", SERVING],
      ["inference.GRPCInferenceService", SERVING],
    ]);
    const closed = site.server.close();
    expect(await told()).toBe(NOT_SERVING);
    await expect(stream.next()).rejects.toMatchObject({ code: status.UNAVAILABLE });
    await closed;
  });
});

test("who watches the health is told when the last worker has died, and when the next one takes over", async () => {
  await calling(await serveEcho(echoOf(["int32"], { exitOn: 9 })), async ({ watch, call }) => {
    const stream = watch(WATCH, {});
    const told = async (): Promise<unknown> => (await stream.next())?.integer("status");
    expect(await told()).toBe(SERVING);
    await expect(call("ModelInfer", request(9))).rejects.toMatchObject({ code: status.UNAVAILABLE });
    expect([await told(), await told()]).toEqual([NOT_SERVING, SERVING]);
    stream.cancel();
  });
});

test("an unknown service may be watched, as it may come to be known", async () => {
  await calling(await serving(), async ({ watch }) => {
    const stream = watch(WATCH, { service: "other" });
    expect((await stream.next())?.integer("status")).toBe(SERVICE_UNKNOWN);
    stream.cancel();
    await expect(stream.next()).rejects.toMatchObject({ code: status.CANCELLED });
  });
});

test("parameters of every kind are read", async () => {
  await calling(await serveEcho(echoOf(["int32"])), async ({ call }) => {
    const legal = { priority: { uint64_param: 1 }, timeout: { double_param: 5e6 }, other: { string_param: "x" } };
    expect(echoed(await call("ModelInfer", request(1, { ...legal, none: {} })))).toBe(1);
    const bad = [{ double_param: 0.5 }, { uint64_param: 2n ** 64n - 1n }, { bool_param: 1 }, { string_param: "1" }];
    for (const timeout of bad) {
      await expect(
        call("ModelInfer", request(1, { timeout })),
        JSON.stringify(Object.keys(timeout)),
      ).rejects.toMatchObject({
        code: status.INVALID_ARGUMENT,
        details: expect.stringContaining("parameter timeout"),
      });
    }
  });
});

test("an output can be asked for as classes", async () => {
  await calling(await serveEcho(echoOf(["int32"])), async ({ call }) => {
    const input = { name: "x_int32", datatype: "INT32", shape: [1, 3], contents: { int_contents: [5, 9, 7] } };
    const classes = (count: number): object => ({
      model_name: "echo",
      inputs: [input],
      outputs: [{ name: "y_int32", parameters: [{ key: "classification", value: { int64_param: count } }] }],
    });
    const answer = await call("ModelInfer", classes(2) as never);
    const [output] = answer.records("outputs");
    expect([output?.text("datatype"), output?.integers("shape")]).toEqual(["BYTES", [1, 2]]);
    expect(Buffer.from(answer.bytes("raw_output_contents")[0] ?? []).toString()).toBe("\x03\0\0\x009:1\x03\0\0\x007:2");
    await expect(call("ModelInfer", classes(0) as never)).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
  });
});

test("classes come with the labels of the model's configuration, as far as there are any", async () => {
  await offering(await serving(), async ({ call }) => {
    const input = { name: "x_int32", datatype: "INT32", shape: [1, 3], contents: { int_contents: [5, 9, 7] } };
    const outputs = [{ name: "y_int32", parameters: [{ key: "classification", value: { int64_param: 3 } }] }];
    const answer = await call("ModelInfer", { model_name: "echo", inputs: [input], outputs });
    const text = Buffer.from(answer.bytes("raw_output_contents")[0] ?? []).toString();
    expect(text).toBe("\x07\0\0\x009:1:yes\x03\0\0\x007:2\x06\0\0\x005:0:no");
  });
});

test("a stream is held to its key when it begins, and each of its requests to the models of the key", async () => {
  const sha256 = createHash("sha256").update("secret").digest("hex");
  const site = await serveEcho(echoOf(["int32"]), {}, { apiKeys: [{ name: "one", sha256, models: ["echo"] }] });
  const headers = { "x-api-key": "secret" };
  await calling(site, async ({ stream, watch }) => {
    const refused = { code: status.UNAUTHENTICATED };
    await expect(stream("ModelStreamInfer").next()).rejects.toMatchObject(refused);
    await expect(stream(REFLECTION).next()).rejects.toMatchObject(refused);
    const calls = stream("ModelStreamInfer", { headers });
    calls.send({ ...request(1), model_name: "other" });
    expect((await calls.next())?.text("error_message")).toContain("not for model other");
    calls.send(request(2));
    expect(echoed((await calls.next())?.record("infer_response"))).toBe(2);
    calls.end();
    expect(await calls.next()).toBeUndefined();
    expect((await watch(WATCH, {}).next())?.integer("status")).toBe(SERVING);
  });
});

test("the log has a line for each stream, with how it ended and what it carried", async () => {
  const lines: string[] = [];
  const logTo = { write: (line: string) => lines.push(line) };
  const site = await serveEcho(echoOf(["int32"]), {}, { accessLog: true, logTo });
  await calling(site, async ({ stream, watch }) => {
    const calls = stream("ModelStreamInfer");
    calls.send(request(1));
    await calls.next();
    calls.end();
    expect(await calls.next()).toBeUndefined();
    const watching = watch(WATCH, {});
    await watching.next();
    const closed = site.server.close();
    await watching.next();
    await expect(watching.next()).rejects.toMatchObject({ code: status.UNAVAILABLE });
    await closed;
  });
  const entries = lines.map((line) => JSON.parse(line)).filter(({ event }) => event === "request");
  expect(entries).toMatchObject([
    { method: "ModelStreamInfer", status: status.OK, bytesIn: expect.any(Number), bytesOut: expect.any(Number) },
    { method: "Watch", status: status.UNAVAILABLE, code: "SERVER_CLOSING", bytesIn: 0, bytesOut: 4 },
  ]);
  expect(Math.min(entries[0].bytesIn, entries[0].bytesOut)).toBeGreaterThan(10);
});
