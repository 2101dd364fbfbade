import type { TracerProvider } from "@opentelemetry/api";
import { packageFacts } from "../util/index.ts";
import { samplerOf } from "./trace-sampler.ts";

/** Where spans go; close it when no more come. */
export interface Telemetry extends AsyncDisposable {
  readonly forServer: { readonly tracerProvider?: TracerProvider };
}

const NONE: Telemetry = { forServer: {}, [Symbol.asyncDispose]: async () => {} };

/** How long the last spans may take to leave. */
const FLUSH_MS = 5000;

function isConfigured(environment: NodeJS.ProcessEnv): boolean {
  if (environment["OTEL_SDK_DISABLED"]?.toLowerCase() === "true") return false;
  return Boolean(environment["OTEL_EXPORTER_OTLP_ENDPOINT"] || environment["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"]);
}

function tracesUrl(endpoint: string): string {
  return `${endpoint.replace(/\/+$/, "")}/v1/traces`;
}

/**
 * Spans for an OpenTelemetry collector, by OTLP over HTTP: at `endpoint`, or as OpenTelemetry's environment variables
 * say; without either, none. Nothing is loaded that is not needed.
 */
export async function openTelemetry(
  endpoint: string | undefined,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Telemetry> {
  if (endpoint === undefined && !isConfigured(environment)) return NONE;
  const sampler = await samplerOf(environment);
  const { OTLPTraceExporter } = await import("@opentelemetry/exporter-trace-otlp-http");
  const sdk = await import("@opentelemetry/sdk-trace");
  const { detectResources, envDetector, resourceFromAttributes } = await import("@opentelemetry/resources");
  const own = resourceFromAttributes({ "service.name": "torchrelay", "service.version": packageFacts().version });
  const exporter = new OTLPTraceExporter(endpoint === undefined ? {} : { url: tracesUrl(endpoint) });
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
