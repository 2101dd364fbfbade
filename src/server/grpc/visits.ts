import { Metadata, type ServiceError, status } from "@grpc/grpc-js";
import type { ErrorCode } from "../../core/index.ts";
import { RelayError } from "../../core/index.ts";
import type { Reception } from "../reception.ts";
import type { Visit } from "../visit.ts";

/** What tells who calls; calls of one message and of streams have it alike. */
export interface Caller {
  readonly metadata: Metadata;
  getPeer(): string;
  sendMetadata(metadata: Metadata): void;
}

/** A method, and the full name of its service. */
export interface Named {
  readonly service: string;
  readonly name: string;
}

/** Methods that tell no more than that the server is there, and ready. */
const OPEN: readonly string[] = ["ServerLive", "ServerReady", "Check", "Watch"];
const INFERENCE: readonly string[] = ["ModelInfer", "ModelStreamInfer"];

/** A call begins; the client learns its name. Headers of HTTP are metadata of the same name. */
export function receive(reception: Reception, call: Caller, { service, name }: Named): Visit {
  const visit = reception.receive({
    carrier: "grpc",
    method: name,
    route: service,
    isOpen: OPEN.includes(name),
    isInference: INFERENCE.includes(name),
    peer: call.getPeer(),
    header: (key) => call.metadata.get(key)[0]?.toString(),
  });
  const metadata = new Metadata();
  metadata.set("x-request-id", visit.id);
  call.sendMetadata(metadata);
  return visit;
}

function codeOf(error: unknown): ErrorCode {
  return error instanceof RelayError ? error.code : "INTERNAL";
}

/** Bytes of the messages of a call. */
export interface Traffic {
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** A call ends well. */
export function leave(reception: Reception, visit: Visit, traffic: Traffic): void {
  reception.leave(visit, { status: status.OK, ...traffic });
}

/** A call ends with an error. @param failure how the client is told */
export function fail(
  reception: Reception,
  visit: Visit,
  error: unknown,
  { failure, ...traffic }: Traffic & { readonly failure: Pick<ServiceError, "code"> },
): void {
  const code = codeOf(error);
  reception.blame(visit, code, error);
  reception.leave(visit, { status: failure.code, code, ...traffic });
}
