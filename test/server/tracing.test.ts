import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { type HrTime, SpanKind, SpanStatusCode } from "@opentelemetry/api";
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { expect, test } from "vitest";
import { openTelemetry } from "../../src/cli/telemetry.ts";
import { samplerOf } from "../../src/cli/trace-sampler.ts";
import { encodeProtobuf } from "../../src/container/index.ts";
import { traceIdOf } from "../../src/server/observe/trace-context.ts";
import { bareCall, INFERENCE } from "./bare-grpc.ts";
import { echoOf, get, post, type Serving, serveEcho } from "./serving.ts";

interface Traced extends Serving {
  /** By name; all that have ended. */
  spans(): Readonly<Record<string, ReadableSpan>>;
}

async function traced(throwOn?: number): Promise<Traced> {
  const exporter = new InMemorySpanExporter();
  const tracerProvider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  const behaviour = { delayMs: 20, ...(throwOn !== undefined && { throwOn }) };
  const site = await serveEcho(echoOf(["int32"], behaviour), {}, { tracerProvider });
  const spans = (): Traced["spans"] extends () => infer S ? S : never =>
    Object.fromEntries(exporter.getFinishedSpans().map((span) => [span.name, span]));
  return { ...site, spans };
}

function request(...values: readonly number[]): object {
  return { inputs: [{ name: "x_int32", datatype: "INT32", shape: [values.length, 1], data: values }] };
}

function ms([seconds, nanos]: HrTime): number {
  return seconds * 1000 + nanos / 1e6;
}

const INFER = "/v2/models/echo/infer";
const TRACE = "0af7651916cd43dd8448eb211c80319c";
const PARENT = "b7ad6b7169203331";

test("a request is a span with its queue, its batch and the computing in it", async () => {
  const { url, spans } = await traced();
  expect((await post(url + INFER, request(1, 2), { "x-request-id": "one" })).status).toBe(200);
  const { "infer echo": whole, queue, batch, compute } = spans();
  expect(whole?.kind).toBe(SpanKind.SERVER);
  expect(whole?.attributes).toEqual({
    "http.request.method": "POST",
    "http.route": "/v2/models/:model/infer",
    "http.response.status_code": 200,
    "torchrelay.request.id": "one",
    "torchrelay.model.name": "echo",
    "torchrelay.model.version": "1",
    "torchrelay.rows": 2,
  });
  const id = (span: ReadableSpan | undefined): string | undefined => span?.spanContext().spanId;
  const parent = (span: ReadableSpan | undefined): string | undefined => span?.parentSpanContext?.spanId;
  expect([whole, queue, batch, compute].map(parent)).toEqual([undefined, id(whole), id(whole), id(batch)]);
  expect(batch?.attributes).toMatchObject({ "torchrelay.batch.rows": 2, "torchrelay.batch.requests": 1 });
  expect(batch?.attributes["torchrelay.worker"]).toEqual(expect.any(Number));
  expect(ms(compute?.duration as HrTime)).toBeGreaterThanOrEqual(19);
  const times = [whole?.startTime, queue?.startTime, queue?.endTime, compute?.endTime, batch?.endTime, whole?.endTime];
  const order = times.map((time) => ms(time as HrTime));
  expect(order).toEqual(order.toSorted((a, b) => a - b));
  expect(Math.abs(Date.now() - (order.at(-1) as number))).toBeLessThan(5000);
});

test("a request is part of the trace that its headers name", async () => {
  const { url, spans } = await traced();
  const headers = { traceparent: `00-${TRACE}-${PARENT}-01`, tracestate: "vendor=value" };
  await post(url + INFER, request(1), headers);
  for (const name of ["infer echo", "queue", "batch", "compute"]) {
    expect(spans()[name]?.spanContext().traceId, name).toBe(TRACE);
  }
  expect(spans()["infer echo"]?.parentSpanContext).toMatchObject({ spanId: PARENT, isRemote: true });
  expect(spans()["infer echo"]?.spanContext().traceState?.get("vendor")).toBe("value");
});

test("a trace that is not recorded elsewhere is not recorded here", async () => {
  const { url, spans } = await traced();
  await post(url + INFER, request(1), { traceparent: `00-${TRACE}-${PARENT}-00` });
  expect(spans()).toEqual({});
});

test("over gRPC a trace is metadata of the same names", async () => {
  const { server, spans } = await traced();
  const port = await server.listenGrpc({ port: 0 });
  const fields = {
    model_name: [1, "string"],
    inputs: [5, { fields: { name: [1, "string"], datatype: [2, "string"], shape: [3, "int64"] } }],
    raw_input_contents: [7, "bytes"],
  } as const;
  const message = encodeProtobuf(fields, {
    model_name: "echo",
    inputs: [{ name: "x_int32", datatype: "INT32", shape: [1, 1] }],
    raw_input_contents: [new Uint8Array(4)],
  });
  const metadata = { traceparent: `00-${TRACE}-${PARENT}-01` };
  await bareCall({ port, path: `${INFERENCE}/ModelInfer`, message, metadata });
  expect(spans()["infer echo"]?.spanContext().traceId).toBe(TRACE);
  expect(spans()["infer echo"]?.attributes).toMatchObject({
    "rpc.system": "grpc",
    "rpc.service": "inference.GRPCInferenceService",
    "rpc.method": "ModelInfer",
    "rpc.grpc.status_code": 0,
  });
  expect(spans()["compute"]).toBeDefined();
});

test("failures are marked: those of the client by their code, those of the server as errors", async () => {
  const { url, spans } = await traced(9);
  await post(`${url}/v2/models/nothing/infer`, request(1));
  expect(spans()["infer"]?.attributes).toMatchObject({ "error.type": "MODEL_UNKNOWN" });
  expect(spans()["infer"]?.status.code).toBe(SpanStatusCode.UNSET);
  await post(url + INFER, request(9));
  expect(spans()["infer echo"]?.attributes).toMatchObject({ "error.type": "RUN_FAILED" });
  expect(spans()["infer echo"]?.status.code).toBe(SpanStatusCode.ERROR);
  expect(spans()["batch"]?.status.code).toBe(SpanStatusCode.ERROR);
});

test("what is no inference has no span", async () => {
  const { url, spans } = await traced();
  await get(`${url}/v2/models/echo`);
  expect(spans()).toEqual({});
});

test.each([
  [`00-${TRACE}-${PARENT}-01`, TRACE],
  [`cc-${TRACE}-${PARENT}-01-what-the-future-brings`, TRACE],
  [`00-${TRACE}-${PARENT}-01-more`, undefined],
  [`ff-${TRACE}-${PARENT}-01`, undefined],
  [`00-${"0".repeat(32)}-${PARENT}-01`, undefined],
  [`00-${TRACE}-${"0".repeat(16)}-01`, undefined],
  [`00-${TRACE.toUpperCase()}-${PARENT}-01`, undefined],
  ["", undefined],
  ["nonsense", undefined],
])("the trace of %j is %s", (header, id) => {
  expect(traceIdOf(header)).toBe(id);
});

test("spans reach a collector by OTLP over HTTP", async () => {
  const bodies: string[] = [];
  const collector = createServer((incoming, answer) => {
    text(incoming).then((body) => {
      bodies.push(`${incoming.method} ${incoming.url} ${body}`);
      answer.writeHead(200, { "content-type": "application/json" }).end("{}");
    }, console.error);
  });
  await once(collector.listen(0, "127.0.0.1"), "listening");
  const { port } = collector.address() as AddressInfo;
  const endpoint = `http://127.0.0.1:${port}/`;
  const environment = { OTEL_TRACES_SAMPLER: "always_on" };
  const telemetry = await openTelemetry(endpoint, expect.fail, environment);
  const { url } = await serveEcho(echoOf(["int32"]), {}, telemetry.forServer);
  await post(url + INFER, request(1), { traceparent: `00-${TRACE}-${PARENT}-00` });
  await telemetry[Symbol.asyncDispose]();
  collector.close();
  expect(bodies).toHaveLength(1);
  expect(bodies[0]).toMatch(/^POST \/v1\/traces \{/);
  const { resourceSpans } = JSON.parse(bodies[0]?.slice("POST /v1/traces ".length) ?? "");
  const [{ resource, scopeSpans }] = resourceSpans;
  expect(resource.attributes).toContainEqual({ key: "service.name", value: { stringValue: "torchrelay" } });
  const spans = scopeSpans.flatMap((scope: { spans: { name: string; traceId: string }[] }) => scope.spans);
  expect(spans.map((span: { name: string }) => span.name).sort()).toEqual(["batch", "compute", "infer echo", "queue"]);
  for (const span of spans) expect(span.traceId).toBe(TRACE);
});

test("spans that a collector refuses are told", async () => {
  const collector = createServer((incoming, answer) => {
    text(incoming).then(() => answer.writeHead(400).end(), console.error);
  });
  await once(collector.listen(0, "127.0.0.1"), "listening");
  const { port } = collector.address() as AddressInfo;
  const reasons: string[] = [];
  const environment = { OTEL_TRACES_SAMPLER: "always_on" };
  const telemetry = await openTelemetry(`http://127.0.0.1:${port}`, (reason) => reasons.push(reason), environment);
  const { url } = await serveEcho(echoOf(["int32"]), {}, telemetry.forServer);
  await post(url + INFER, request(1));
  await telemetry[Symbol.asyncDispose]();
  collector.close();
  expect(reasons).toEqual(["Bad Request"]);
});

test("without a collector there is no tracing", async () => {
  for (const environment of [{}, { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9", OTEL_SDK_DISABLED: "true" }]) {
    await using telemetry = await openTelemetry(undefined, expect.fail, environment);
    expect(telemetry.forServer).toEqual({});
  }
  const environment = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://127.0.0.1:9/v1/traces" };
  await using telemetry = await openTelemetry(undefined, expect.fail, environment);
  expect(telemetry.forServer.tracerProvider).toBeDefined();
});

test("which traces are kept is OpenTelemetry's variable, and misspelling it is told", async () => {
  expect(String(await samplerOf({}))).toContain("ParentBased{root=AlwaysOnSampler");
  const ratio = { OTEL_TRACES_SAMPLER: "traceidratio", OTEL_TRACES_SAMPLER_ARG: "0.25" };
  expect(String(await samplerOf(ratio))).toBe("TraceIdRatioBased{0.25}");
  await expect(samplerOf({ OTEL_TRACES_SAMPLER: "sometimes" })).rejects.toThrow("OTEL_TRACES_SAMPLER is sometimes");
  await expect(samplerOf({ ...ratio, OTEL_TRACES_SAMPLER_ARG: "2" })).rejects.toThrow("legal: 0 to 1");
});
