import type { Sampler } from "@opentelemetry/sdk-trace";
import { UsageError } from "./usage-error.ts";

type Sdk = typeof import("@opentelemetry/sdk-trace");

/** By the names of OpenTelemetry's specification. @param ratio of traces that are kept */
const SAMPLERS: Readonly<Record<string, (sdk: Sdk, ratio: number) => Sampler>> = {
  always_on: (sdk) => new sdk.AlwaysOnSampler(),
  always_off: (sdk) => new sdk.AlwaysOffSampler(),
  traceidratio: (sdk, ratio) => new sdk.TraceIdRatioBasedSampler(ratio),
  parentbased_always_on: (sdk) => new sdk.ParentBasedSampler({ root: new sdk.AlwaysOnSampler() }),
  parentbased_always_off: (sdk) => new sdk.ParentBasedSampler({ root: new sdk.AlwaysOffSampler() }),
  parentbased_traceidratio: (sdk, ratio) =>
    new sdk.ParentBasedSampler({ root: new sdk.TraceIdRatioBasedSampler(ratio) }),
};

function ratioOf(text: string | undefined): number {
  const ratio = Number(text ?? 1);
  if (text !== "" && ratio >= 0 && ratio <= 1) return ratio;
  throw new UsageError(`OTEL_TRACES_SAMPLER_ARG is ${text}; legal: 0 to 1`);
}

/** Which traces are kept, by OTEL_TRACES_SAMPLER. @throws UsageError */
export async function samplerOf(environment: NodeJS.ProcessEnv): Promise<Sampler> {
  const name = environment["OTEL_TRACES_SAMPLER"] || "parentbased_always_on";
  const make = Object.hasOwn(SAMPLERS, name) ? SAMPLERS[name] : undefined;
  if (!make) throw new UsageError(`OTEL_TRACES_SAMPLER is ${name}; legal: ${Object.keys(SAMPLERS).join(", ")}`);
  return make(await import("@opentelemetry/sdk-trace"), ratioOf(environment["OTEL_TRACES_SAMPLER_ARG"]));
}
