import type { Metadata } from "@grpc/grpc-js";
import type { ProtobufRecord } from "../../container/index.ts";
import type { GrpcCall } from "./service.ts";

/** Who calls, before the message is read. */
export interface GrpcCaller {
  /** Of the method: `/inference.GRPCInferenceService/ModelInfer`. */
  readonly path: string;
  /** Address and port. */
  readonly peer: string;
  /** Of a client's certificate that has been verified. */
  readonly certificateSubject: string | undefined;
  /** @param name in lower case */
  header(name: string): string | undefined;
}

/**
 * Decides whether a client may call at all.
 * @returns decides whether it may use a model, by throwing a RelayError; undefined: it may use all
 * @throws RelayError
 */
export type Authorise = (caller: GrpcCaller) => ((model: string) => void) | undefined;

/** What all kinds of calls of grpc-js have in common. */
export interface SurfaceCall {
  readonly cancelled: boolean;
  readonly metadata: Metadata;
  getPath(): string;
  getPeer(): string;
  getDeadline(): Date | number;
  getAuthContext(): { readonly sslPeerCertificate?: { readonly subject?: unknown } };
  once(event: "cancelled", listener: () => void): unknown;
}

/** Aborted when the client cancels or is gone, or its deadline has passed. */
export function cancellation(call: SurfaceCall): AbortSignal {
  const controller = new AbortController();
  const abort = (): void => controller.abort("the client cancelled");
  if (call.cancelled) abort();
  else call.once("cancelled", abort);
  return controller.signal;
}

function subjectOf(call: SurfaceCall): string | undefined {
  const subject = call.getAuthContext().sslPeerCertificate?.subject as { readonly CN?: unknown } | undefined;
  return typeof subject?.CN === "string" ? subject.CN : undefined;
}

function callerOf(call: SurfaceCall): GrpcCaller {
  return {
    path: call.getPath(),
    peer: call.getPeer(),
    certificateSubject: subjectOf(call),
    header: (name) => call.metadata.get(name)[0]?.toString(),
  };
}

/** The call as methods see it, once for each of its messages. @throws what `authorise` throws */
export function admit(
  call: SurfaceCall,
  authorise: Authorise | undefined,
): (message: ProtobufRecord, signal: AbortSignal) => GrpcCall {
  const allow = authorise?.(callerOf(call)) ?? (() => {});
  return (message, signal) => ({ message, signal, timeoutMs: Number(call.getDeadline()) - Date.now(), allow });
}
