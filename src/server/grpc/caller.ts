import type { Metadata } from "@grpc/grpc-js";
import type { ProtobufRecord } from "../../container/index.ts";
import type { Site } from "../site.ts";
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

/** Gives the server as a client may see it. @throws RelayError when it may not call at all */
export type SiteFor = (caller: GrpcCaller) => Site;

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

export function callerOf(call: SurfaceCall): GrpcCaller {
  return {
    path: call.getPath(),
    peer: call.getPeer(),
    certificateSubject: subjectOf(call),
    header: (name) => call.metadata.get(name)[0]?.toString(),
  };
}

/** The call as methods see it, for one of its messages. */
export function grpcCall(call: SurfaceCall, message: ProtobufRecord, signal: AbortSignal): GrpcCall {
  return { message, signal, timeoutMs: Number(call.getDeadline()) - Date.now() };
}
