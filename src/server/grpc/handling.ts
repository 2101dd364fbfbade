import type { ServerDuplexStream, ServerUnaryCall, ServerWritableStream } from "@grpc/grpc-js";
import { decodeProtobuf, type ProtobufRecord } from "../../container/index.ts";
import type { Reception } from "../reception.ts";
import type { Visit } from "../visit.ts";
import { grpcFailure } from "./failure.ts";
import type { Method } from "./service.ts";
import { fail, leave, type Named, receive, type Traffic } from "./visits.ts";

/** What the handlers of all methods share. */
export interface Handling {
  readonly reception: Reception;
  /** Of a message. */
  readonly maxBytes: number;
  /** What ends each of the streams that are open. */
  readonly open: Set<() => void>;
}

export type Stream = ServerDuplexStream<Buffer, Buffer> | ServerWritableStream<Buffer, Buffer>;

export function named(service: string, { name }: Method): Named {
  return { service, name };
}

export function decode({ request }: Method, bytes: Buffer): ProtobufRecord {
  return decodeProtobuf(bytes, request.firstLayout, "the request");
}

export function timeLeftMs(call: Stream | ServerUnaryCall<Buffer, Buffer>): number {
  return Number(call.getDeadline()) - Date.now();
}

/** Ends a stream, with the status of an error if there is one. */
export function finish({ reception }: Handling, call: Stream, visit: Visit, traffic: Traffic, error: unknown): void {
  if (error === undefined) {
    leave(reception, visit, traffic);
    call.end();
    return;
  }
  const failure = grpcFailure(error);
  fail(reception, visit, error, { failure, ...traffic });
  if (!call.cancelled) call.emit("error", failure);
}

const NO_TRAFFIC: Traffic = { bytesIn: 0, bytesOut: 0 };

/** Lets a stream enter and starts it; where that fails, it ends. */
export function begin<C extends Stream>(
  handling: Handling,
  call: C,
  name: Named,
  start: (call: C, visit: Visit) => void,
): void {
  const visit = receive(handling.reception, call, name);
  try {
    start(call, visit);
  } catch (error) {
    finish(handling, call, visit, NO_TRAFFIC, error);
  }
}
