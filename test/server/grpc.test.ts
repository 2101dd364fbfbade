import { compressionAlgorithms, status } from "@grpc/grpc-js";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { DType } from "../../dist/index.js";
import type { ProtobufMessage, ProtobufRecord } from "../../src/container/index.ts";
import { type Calls, calling, callingPort } from "./grpc-calling.ts";
import { request, slow, until } from "./grpc-requests.ts";
import { DIGITS, echoOf, serveEcho, serving } from "./serving.ts";

const CHECK = "/grpc.health.v1.Health/Check";

function tensors(record: ProtobufRecord, field: string): unknown[] {
  return record.records(field).map((tensor) => ({
    name: tensor.text("name"),
    datatype: tensor.text("datatype"),
    shape: tensor.integers("shape"),
  }));
}

test("a server says what it is and what it serves", async () => {
  const site = await serving();
  await site.server.load("digits", DIGITS);
  await calling(site, async ({ call }) => {
    expect((await call("ServerLive")).integer("live")).toBe(1);
    expect((await call("ServerReady")).integer("ready")).toBe(1);
    expect((await call("ServerMetadata")).text("name")).toBe("torchrelay");
    const metadata = await call("ModelMetadata", { name: "digits" });
    expect(metadata.text("platform")).toBe("pytorch_export");
    expect(tensors(metadata, "inputs")).toEqual([{ name: "x", datatype: "FP32", shape: [-1, 1, 28, 28] }]);
    expect(tensors(metadata, "outputs")).toEqual([{ name: "logits", datatype: "FP32", shape: [-1, 10] }]);
    expect((await call("ModelReady", { name: "digits", version: "1" })).integer("ready")).toBe(1);
  });
});

test("a model that does not load makes the server not ready, and its health says so", async () => {
  const site = await serveEcho(echoOf(["int32"]));
  await calling(site, async ({ call }) => {
    expect((await call(CHECK, { service: "inference.GRPCInferenceService" })).integer("status")).toBe(1);
    await expect(site.server.load("missing", "/nowhere/missing.pt2")).rejects.toThrow();
    expect((await call(CHECK)).integer("status")).toBe(2);
    expect((await call("ServerReady")).integer("ready")).toBe(0);
    expect((await call("ModelReady", { name: "missing" })).integer("ready")).toBe(0);
    expect((await call("ModelReady", { name: "echo" })).integer("ready")).toBe(1);
    await expect(call("ModelInfer", { model_name: "missing" })).rejects.toMatchObject({
      code: status.UNAVAILABLE,
      details: expect.stringContaining("FILE_UNREADABLE"),
    });
    await expect(call(CHECK, { service: "another" })).rejects.toMatchObject({ code: status.NOT_FOUND });
  });
});

function little(bits: 32 | 64, ...values: number[]): Uint8Array {
  return new Uint8Array((bits === 32 ? new Float32Array(values) : new Float64Array(values)).buffer);
}

const TYPED: readonly [dtype: DType, datatype: string, contents: ProtobufMessage, raw: Uint8Array][] = [
  ["bool", "BOOL", { bool_contents: [1, 0] }, Uint8Array.of(1, 0)],
  ["int8", "INT8", { int_contents: [-128, 127] }, Uint8Array.of(0x80, 0x7f)],
  ["int32", "INT32", { int_contents: [-1, 258] }, Uint8Array.of(255, 255, 255, 255, 2, 1, 0, 0)],
  ["uint16", "UINT16", { uint_contents: [65535, 258] }, Uint8Array.of(255, 255, 2, 1)],
  [
    "int64",
    "INT64",
    { int64_contents: [-(2n ** 63n), 2n ** 53n + 1n] },
    Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 128, 1, 0, 0, 0, 0, 0, 32, 0),
  ],
  [
    "uint64",
    "UINT64",
    { uint64_contents: [2n ** 64n - 1n, 2n ** 53n + 1n] },
    Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 255, 1, 0, 0, 0, 0, 0, 32, 0),
  ],
  ["float32", "FP32", { fp32_contents: little(32, 0.1, Number.NaN) }, little(32, 0.1, Number.NaN)],
  ["float64", "FP64", { fp64_contents: little(64, 5e-324, -0) }, little(64, 5e-324, -0)],
];

test.each(TYPED)("%s goes through exactly, typed and raw", async (dtype, datatype, contents, raw) => {
  await calling(await serveEcho(echoOf([dtype])), async ({ call }) => {
    const input = { name: `x_${dtype}`, datatype, shape: [1, 2] };
    const messages = [{ inputs: [{ ...input, contents }] }, { inputs: [input], raw_input_contents: [raw] }];
    for (const message of messages) {
      const reply = await call("ModelInfer", { model_name: "echo", id: "42", ...message });
      expect([reply.text("model_name"), reply.text("model_version"), reply.text("id")]).toEqual(["echo", "1", "42"]);
      expect(tensors(reply, "outputs")).toEqual([{ name: `y_${dtype}`, datatype, shape: [1, 2] }]);
      expect(reply.bytes("raw_output_contents").map((bytes) => [...bytes])).toEqual([[...raw]]);
    }
  });
});

test("16-bit floats go through raw, and outputs are those asked for", async () => {
  await calling(await serveEcho(echoOf(["float16", "uint8"])), async ({ call }) => {
    const half = { name: "x_float16", datatype: "FP16", shape: [1, 1] };
    const byte = { name: "x_uint8", datatype: "UINT8", shape: [1, 1] };
    const inputs = { inputs: [half, byte], raw_input_contents: [Uint8Array.of(0, 0x3c), Uint8Array.of(7)] };
    const outputs = [{ name: "y_uint8" }, { name: "y_float16" }];
    const reply = await call("ModelInfer", { model_name: "echo", ...inputs, outputs });
    expect(reply.bytes("raw_output_contents").map((bytes) => [...bytes])).toEqual([[7], [0, 0x3c]]);
    const typed = { ...half, contents: { fp32_contents: little(32, 1) } };
    await expect(call("ModelInfer", { model_name: "echo", inputs: [typed] })).rejects.toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: expect.stringContaining("raw_input_contents"),
    });
  });
});

const INPUT = { name: "x_int32", datatype: "INT32", shape: [1, 1] };

test("requests that do not say what the protocol asks are refused with a status, a message and a code", async () => {
  const raw = { raw_input_contents: [Uint8Array.of(1, 0, 0, 0)] };
  const typed = { ...INPUT, contents: { int_contents: [1] } };
  const shared = { key: "shared_memory_region", value: { string_param: "region" } };
  const bad: [message: ProtobufMessage, code: string, text: string][] = [
    [{ inputs: [INPUT] }, "REQUEST_INVALID", "neither contents nor raw_input_contents"],
    [{ inputs: [typed], ...raw }, "REQUEST_INVALID", "x_int32 has contents"],
    [{ inputs: [INPUT, INPUT], ...raw }, "REQUEST_INVALID", "of 2 inputs"],
    [{ inputs: [typed, typed] }, "REQUEST_INVALID", "the same name"],
    [{ inputs: [{ ...INPUT, shape: [1, 2] }], ...raw }, "REQUEST_INVALID", "8 bytes"],
    [{ inputs: [{ ...INPUT, shape: [1, -1] }], ...raw }, "REQUEST_INVALID", "a dimension of x_int32"],
    [{ inputs: [{ ...INPUT, datatype: "INT33" }], ...raw }, "REQUEST_INVALID", "INT33"],
    [{ inputs: [{ ...INPUT, parameters: [shared] }], ...raw }, "REQUEST_INVALID", "shared_memory_region"],
    [{ inputs: [{ ...INPUT, contents: { int_contents: [2 ** 31] } }] }, "REQUEST_INVALID", "element 0"],
    [{ inputs: [{ ...INPUT, contents: { uint_contents: [1] } }] }, "REQUEST_INVALID", "does not fit shape"],
    [{ inputs: [{ ...INPUT, name: "\u{1f525}".repeat(5000) }], ...raw }, "INPUT_NAME", "inputs are"],
    [{ inputs: [{ ...INPUT, shape: [1] }], ...raw }, "INPUT_SHAPE", "[1]"],
    [{ inputs: [typed], outputs: [{ name: "z" }] }, "OUTPUT_NAME", "y_int32"],
    [{ inputs: [typed], parameters: [{ key: "priority", value: { int64_param: -1 } }] }, "REQUEST_INVALID", "priority"],
  ];
  await calling(await serveEcho(echoOf(["int32"])), async ({ call, send }) => {
    for (const [message, code, text] of bad) {
      const error = await call("ModelInfer", { model_name: "echo", ...message }).catch((thrown: unknown) => thrown);
      expect(error, text).toMatchObject({ code: status.INVALID_ARGUMENT });
      const { details, metadata } = error as { details: string; metadata: { get(name: string): unknown[] } };
      expect(metadata.get("torchrelay-code"), text).toEqual([code]);
      expect(details).toContain(text);
    }
    await expect(send(Uint8Array.of(10, 200))).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
    await expect(call("ModelInfer", { model_name: "ecko" })).rejects.toMatchObject({
      code: status.NOT_FOUND,
      details: expect.stringContaining("did you mean echo?"),
    });
  });
});

test("any bytes are answered with a status that blames them", async () => {
  await calling(await serveEcho(echoOf(["int32"])), async ({ call, send }) => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 100 });
    const refused = async (given: Uint8Array): Promise<void> => {
      const { code } = await send(given).then(
        () => ({ code: status.OK }),
        (error: { code: status }) => error,
      );
      expect([status.INVALID_ARGUMENT, status.NOT_FOUND]).toContain(code);
    };
    await fc.assert(fc.asyncProperty(bytes, refused), { numRuns: 300 });
    expect((await call("ServerLive")).integer("live")).toBe(1);
  });
});

test("a message above the limit is refused", async () => {
  await calling(await serveEcho(echoOf(["int32"]), {}, { maxBodyBytes: 1000 }), async ({ call, send }) => {
    await expect(send(new Uint8Array(1001))).rejects.toMatchObject({ code: status.RESOURCE_EXHAUSTED });
    expect((await call("ModelInfer", request(1))).bytes("raw_output_contents")).toHaveLength(1);
  });
});

test("what a message grows to when it is decompressed counts against the limit", async () => {
  const { server } = await serveEcho(echoOf(["int32"]), {}, { maxBodyBytes: 100_000 });
  const port = await server.listenGrpc({ port: 0 });
  const options = { "grpc.default_compression_algorithm": compressionAlgorithms.gzip };
  const use = async ({ call, send }: Calls): Promise<void> => {
    await expect(send(new Uint8Array(10_000_000))).rejects.toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
      details: expect.stringContaining("decompresses"),
    });
    expect((await call("ModelInfer", request(1))).bytes("raw_output_contents")).toHaveLength(1);
  };
  await callingPort(port, use, undefined, options);
});

test("what the client's deadline passes leaves the queue and is not computed", async () => {
  const site = await slow();
  await calling(site, async ({ call }) => {
    const running = call("ModelInfer", request(1));
    await until(() => site.model.stats().submitted === 1);
    await expect(call("ModelInfer", request(2), { deadlineMs: 100 })).rejects.toMatchObject({
      code: status.DEADLINE_EXCEEDED,
    });
    const byParameter = { ...request(3), parameters: [{ key: "timeout", value: { int64_param: 20_000 } }] };
    await expect(call("ModelInfer", byParameter)).rejects.toMatchObject({
      code: status.DEADLINE_EXCEEDED,
      details: expect.stringContaining("nothing was computed"),
    });
    expect((await running).bytes("raw_output_contents").map((bytes) => [...bytes])).toEqual([[1, 0, 0, 0]]);
    await until(() => site.model.stats().queued === 0);
    expect(site.model.stats().rows).toBe(1);
  });
});

test("a client that goes away frees its place in the queue", async () => {
  const site = await slow();
  await calling(site, async ({ call }) => {
    const running = call("ModelInfer", request(1));
    await until(() => site.model.stats().submitted === 1);
    const gone = new AbortController();
    const left = expect(call("ModelInfer", request(2), { signal: gone.signal })).rejects.toMatchObject({
      code: status.CANCELLED,
    });
    await until(() => site.model.stats().submitted === 2);
    gone.abort();
    await left;
    await until(() => site.model.stats().queued === 0);
    await running;
    expect(site.model.stats().rows).toBe(1);
  });
});

test("closing answers what is under way, over gRPC too", async () => {
  const site = await slow();
  await calling(site, async ({ call }) => {
    const running = call("ModelInfer", request(1));
    await until(() => site.model.stats().submitted === 1);
    await site.server.close();
    expect((await running).bytes("raw_output_contents")).toHaveLength(1);
    await expect(call("ServerLive")).rejects.toMatchObject({ code: status.UNAVAILABLE });
  });
});

test("a forced close ends what is under way", async () => {
  const site = await slow();
  await calling(site, async ({ call }) => {
    const running = expect(call("ModelInfer", request(1))).rejects.toMatchObject({ code: status.CANCELLED });
    await until(() => site.model.stats().submitted === 1);
    await Promise.all([site.server.close({ force: true }), running]);
  });
});

test("a port that is taken is an error that says so", async () => {
  const [first, second] = [await serving(), await serving()];
  const port = await first.server.listenGrpc({ port: 0 });
  await expect(second.server.listenGrpc({ port })).rejects.toMatchObject({ code: "ADDRESS_UNAVAILABLE" });
  await expect(first.server.listenGrpc({ port: 0 })).rejects.toMatchObject({ code: "ADDRESS_UNAVAILABLE" });
});

test("typed contents that are large are the same numbers", async () => {
  await calling(await serveEcho(echoOf(["int32", "uint64"])), async ({ call }) => {
    const ints = Array.from({ length: 40_000 }, (_, i) => (i % 2 ? -i : i * 50_000));
    const longs = ints.map((_, i) => 2n ** 64n - 1n - BigInt(i));
    const inputs = [
      { name: "x_int32", datatype: "INT32", shape: [1, ints.length], contents: { int_contents: ints } },
      { name: "x_uint64", datatype: "UINT64", shape: [1, longs.length], contents: { uint64_contents: longs } },
    ];
    const reply = await call("ModelInfer", { model_name: "echo", id: "large", inputs });
    const [first, second] = reply.bytes("raw_output_contents").map((bytes) => Uint8Array.from(bytes).buffer);
    expect(reply.text("id")).toBe("large");
    expect([...new Int32Array(first as ArrayBuffer)]).toEqual(ints);
    expect([...new BigUint64Array(second as ArrayBuffer)]).toEqual(longs);
    const short = { ...(inputs[0] as (typeof inputs)[number]), shape: [1, ints.length + 1] };
    await expect(call("ModelInfer", { model_name: "echo", inputs: [short, ...inputs.slice(1)] })).rejects.toMatchObject(
      {
        details: expect.stringContaining("x_int32 does not fit shape"),
      },
    );
  });
});
