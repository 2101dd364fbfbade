import {
  type Context,
  createTraceState,
  isSpanContextValid,
  ROOT_CONTEXT,
  type SpanContext,
  trace,
} from "@opentelemetry/api";
import type { HeaderOf } from "../access/access.ts";

/** https://www.w3.org/TR/trace-context/: version, trace, span, flags; later versions may say more. */
const TRACE_PARENT = /^(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

function spanContextOf(header: string | undefined, state: string | undefined): SpanContext | undefined {
  const [, version, traceId, spanId, flags, more] = TRACE_PARENT.exec(header?.trim() ?? "") ?? [];
  if (traceId === undefined || spanId === undefined || (version === "00" && more !== undefined)) return undefined;
  const parent: SpanContext = {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags ?? "00", 16) & 1,
    isRemote: true,
    ...(state !== undefined && { traceState: createTraceState(state) }),
  };
  return isSpanContextValid(parent) ? parent : undefined;
}

/** Undefined when the header is none, or says nothing that can be followed. */
export function traceIdOf(traceparent: string | undefined): string | undefined {
  return traceparent === undefined ? undefined : spanContextOf(traceparent, undefined)?.traceId;
}

/** The trace that a request is part of, by its headers; a new one when they name none. */
export function parentContext(header: HeaderOf): Context {
  const parent = spanContextOf(header("traceparent"), header("tracestate"));
  return parent ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT;
}
