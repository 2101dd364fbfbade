import type { TracerProvider } from "@opentelemetry/api";
import type { SpanExporter } from "@opentelemetry/sdk-trace";
import { packageFacts } from "../util/index.ts";
import { samplerOf } from "./trace-sampler.ts";
import { UsageError } from "./usage-error.ts";

/** Where spans go; close it when no more come. */
export interface Telemetry extends AsyncDisposable {
  readonly forServer: { readonly tracerProvider?: TracerProvider };
}

const NONE: Telemetry = { forServer: {}, [Symbol.asyncDispose]: async () => {} };

/** Variables of the environment that name a collector. */
const ENDPOINTS = ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] as const;

/** How long the last spans may take to leave. */
const FLUSH_MS = 5000;

function isConfigured(environment: NodeJS.ProcessEnv): boolean {
  if (environment["OTEL_SDK_DISABLED"]?.toLowerCase() === "true") return false;
  return ENDPOINTS.some((name) => environment[name]);
}

/** @throws UsageError */
function requireUrl(name: string, text: string | undefined): void {
  if (!text || (/^https?:/.test(text) && URL.canParse(text))) return;
  throw new UsageError(`${name} is ${text}; legal: a URL such as http://localhost:4318`);
}

function tracesUrl(endpoint: string): string {
  return `${endpoint.replace(/\/+$/, "")}/v1/traces`;
}

/** Told why spans did not reach their collector. */
export type ExportFailed = (reason: string) => void;

function watched(exporter: SpanExporter, failed: ExportFailed): SpanExporter {
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        if (result.error) failed(result.error.message);
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
  };
}

/**
 * Spans for an OpenTelemetry collector, by OTLP over HTTP: at `endpoint`, or as OpenTelemetry's environment variables
 * say; without either, none. Nothing is loaded that is not needed.
 * @throws UsageError
 */
export async function openTelemetry(
  endpoint: string | undefined,
  failed: ExportFailed,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Telemetry> {
  if (endpoint === undefined && !isConfigured(environment)) return NONE;
  if (endpoint === undefined) for (const name of ENDPOINTS) requireUrl(name, environment[name]);
  else requireUrl("--otlp-endpoint", endpoint);
  const sampler = await samplerOf(environment);
  const { OTLPTraceExporter } = await import("@opentelemetry/exporter-trace-otlp-http");
  const sdk = await import("@opentelemetry/sdk-trace");
  const { detectResources, envDetector, resourceFromAttributes } = await import("@opentelemetry/resources");
  const own = resourceFromAttributes({ "service.name": "torchrelay", "service.version": packageFacts().version });
  const otlp = new OTLPTraceExporter(endpoint === undefined ? {} : { url: tracesUrl(endpoint) });
  const exporter = watched(otlp, failed);
  const tracerProvider = new sdk.TracerProvider({
    resource: own.merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new sdk.BatchSpanProcessor({ exporter })],
    sampler,
  });
  return {
    forServer: { tracerProvider },
    [Symbol.asyncDispose]: async () => {
      await tracerProvider.forceFlush({ timeoutMillis: FLUSH_MS }).catch(() => {});
      await tracerProvider.shutdown().catch(() => {});
    },
  };
}
