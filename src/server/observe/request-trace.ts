import { performance } from "node:perf_hooks";
import {
  type Attributes,
  type Context,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  type TracerProvider,
  trace,
} from "@opentelemetry/api";
import { ERRORS } from "../../core/index.ts";
import type { BatchEvent } from "../../scheduler/index.ts";
import { packageFacts } from "../../util/index.ts";
import type { ModelIdentity } from "../infer-response.ts";
import type { Arrival, Outcome, Visit } from "../visit.ts";
import type { InferenceWatch } from "./inference-watch.ts";
import type { Carrier } from "./server-tally.ts";
import { parentContext } from "./trace-context.ts";

/** Unix time of an instant of `performance.now()`, which is what batches are timed by. */
function unixMs(ms: number): number {
  return performance.timeOrigin + ms;
}

/** Names of OpenTelemetry's semantic conventions. */
const DESCRIBE: Readonly<Record<Carrier, (arrival: Arrival) => Attributes>> = {
  http: ({ method, route }) => ({ "http.request.method": method, "http.route": route }),
  grpc: ({ method, route }) => ({ "rpc.system": "grpc", "rpc.service": route, "rpc.method": method }),
};

const STATUS: Readonly<Record<Carrier, string>> = {
  http: "http.response.status_code",
  grpc: "rpc.grpc.status_code",
};

/** The spans of one inference request: the whole, and in it queue, batch and, in that, compute. */
export class RequestTrace implements InferenceWatch {
  readonly #tracer: Tracer;
  readonly #arrival: Arrival;
  readonly #span: Span;
  readonly #context: Context;
  #begunMs = 0;

  constructor(tracer: Tracer, { arrival, startedMs, id }: Visit) {
    const parent = parentContext(arrival.header);
    const attributes = { ...DESCRIBE[arrival.carrier](arrival), "torchrelay.request.id": id };
    this.#tracer = tracer;
    this.#arrival = arrival;
    this.#span = tracer.startSpan("infer", { kind: SpanKind.SERVER, attributes, startTime: unixMs(startedMs) }, parent);
    this.#context = trace.setSpan(parent, this.#span);
  }

  get traceId(): string {
    return this.#span.spanContext().traceId;
  }

  began({ name, version }: ModelIdentity, rows: number): void {
    this.#begunMs = performance.now();
    this.#span.updateName(`infer ${name}`);
    this.#span.setAttributes({
      "torchrelay.model.name": name,
      "torchrelay.model.version": version,
      "torchrelay.rows": rows,
    });
  }

  #child(name: string, fromMs: number, attributes: Attributes, context: Context): Span {
    return this.#tracer.startSpan(name, { attributes, startTime: unixMs(fromMs) }, context);
  }

  ran({ startedMs, inputMs, computeMs, rows, requests, worker, ok }: BatchEvent): void {
    if (!this.#span.isRecording()) return;
    const batchMs = Math.max(this.#begunMs, startedMs - inputMs);
    this.#child("queue", this.#begunMs, {}, this.#context).end(unixMs(batchMs));
    const about = {
      "torchrelay.batch.rows": rows,
      "torchrelay.batch.requests": requests,
      "torchrelay.worker": worker ?? "event loop",
    };
    const batch = this.#child("batch", batchMs, about, this.#context);
    this.#child("compute", startedMs, {}, trace.setSpan(this.#context, batch)).end(unixMs(startedMs + computeMs));
    if (!ok) batch.setStatus({ code: SpanStatusCode.ERROR });
    batch.end(unixMs(performance.now()));
  }

  end({ status, code }: Outcome): void {
    this.#span.setAttribute(STATUS[this.#arrival.carrier], status);
    if (code) this.#span.setAttribute("error.type", code);
    if (code && ERRORS[code].http >= 500) this.#span.setStatus({ code: SpanStatusCode.ERROR, message: code });
    this.#span.end(unixMs(performance.now()));
  }
}

/** Makes the spans of requests. */
export class Tracing {
  readonly #tracer: Tracer;

  constructor(provider: TracerProvider) {
    this.#tracer = provider.getTracer("torchrelay", packageFacts().version);
  }

  start(visit: Visit): RequestTrace {
    return new RequestTrace(this.#tracer, visit);
  }
}
