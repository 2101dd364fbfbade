import { setMaxListeners } from "node:events";
import type {
  handleBidiStreamingCall,
  handleServerStreamingCall,
  handleUnaryCall,
  ServerDuplexStream,
  ServerUnaryCall,
  ServerWritableStream,
} from "@grpc/grpc-js";
import { decodeProtobuf, type ProtobufRecord } from "../../container/index.ts";
import { RelayError } from "../../core/index.ts";
import type { Reception } from "../reception.ts";
import type { Visit } from "../visit.ts";
import { AnsweredStream } from "./answered-stream.ts";
import { cancellation } from "./cancellation.ts";
import { grpcFailure } from "./failure.ts";
import { encodeMessage } from "./message-value.ts";
import type { EachMethod, GrpcCall, Method, UnaryMethod, WatchMethod } from "./service.ts";
import { fail, leave, type Named, receive, type Traffic } from "./visits.ts";

/** What the handlers of all methods share. */
export interface Handling {
  readonly reception: Reception;
  /** Of a message. */
  readonly maxBytes: number;
  /** What ends each of the streams that are open. */
  readonly open: Set<() => void>;
}

type Stream = ServerDuplexStream<Buffer, Buffer> | ServerWritableStream<Buffer, Buffer>;

function named(service: string, { name }: Method): Named {
  return { service, name };
}

function decode({ request }: Method, bytes: Buffer): ProtobufRecord {
  return decodeProtobuf(bytes, request.layout, "the request");
}

function timeLeftMs(call: Stream | ServerUnaryCall<Buffer, Buffer>): number {
  return Number(call.getDeadline()) - Date.now();
}

export function unaryHandler(
  { reception }: Handling,
  service: string,
  method: UnaryMethod,
): handleUnaryCall<Buffer, Buffer> {
  const respond = async (call: ServerUnaryCall<Buffer, Buffer>, visit: Visit): Promise<Buffer> => {
    const site = reception.admit(visit);
    const [timeoutMs, signal, watch] = [timeLeftMs(call), cancellation(call), reception.watchOf(visit)];
    const message = decode(method, call.request);
    return encodeMessage(method.response, await method.answer(site, { message, timeoutMs, signal, watch }));
  };
  return (call, reply) => {
    const visit = receive(reception, call, named(service, method));
    const bytesIn = call.request.length;
    respond(call, visit).then(
      (bytes) => {
        leave(reception, visit, { bytesIn, bytesOut: bytes.length });
        reply(null, bytes);
      },
      (error: unknown) => {
        const failure = grpcFailure(error);
        fail(reception, visit, error, { failure, bytesIn, bytesOut: 0 });
        reply(failure);
      },
    );
  };
}

/** Ends a stream, with the status of an error if there is one. */
function finish({ reception }: Handling, call: Stream, visit: Visit, traffic: Traffic, error: unknown): void {
  if (error === undefined) {
    leave(reception, visit, traffic);
    call.end();
    return;
  }
  const failure = grpcFailure(error);
  fail(reception, visit, error, { failure, ...traffic });
  if (!call.cancelled) call.emit("error", failure);
}

/** The message that stands for a failure; where the request itself cannot be read again, one that does not name it. */
function failureMessage({ failure }: EachMethod, error: unknown, request: ProtobufRecord | undefined): object {
  try {
    return failure(error, request);
  } catch {
    return failure(error, undefined);
  }
}

/** The bytes of the answer to a message, or of what stands for its failure. */
async function answerBytes(
  method: EachMethod,
  bytes: Buffer,
  answer: (message: ProtobufRecord) => object | Promise<object>,
): Promise<Buffer> {
  let request: ProtobufRecord | undefined;
  try {
    request = decode(method, bytes);
    return encodeMessage(method.response, await answer(request));
  } catch (error) {
    return encodeMessage(method.response, failureMessage(method, error, request));
  }
}

const NO_TRAFFIC: Traffic = { bytesIn: 0, bytesOut: 0 };

export function eachHandler(
  handling: Handling,
  service: string,
  method: EachMethod,
): handleBidiStreamingCall<Buffer, Buffer> {
  const { reception, maxBytes, open } = handling;
  const start = (call: ServerDuplexStream<Buffer, Buffer>, visit: Visit): void => {
    const site = reception.admit(visit);
    const signal = cancellation(call);
    setMaxListeners(0, signal);
    const callOf = (message: ProtobufRecord): GrpcCall => {
      return { message, timeoutMs: timeLeftMs(call), signal, watch: undefined };
    };
    const stream = new AnsweredStream({
      call,
      cancelled: signal,
      answer: (bytes) => answerBytes(method, bytes, (message) => method.answer(site, callOf(message))),
      limits: { maxInFlight: method.maxInFlight, maxBytes },
      end: (error) => {
        open.delete(drain);
        finish(handling, call, visit, stream, error);
      },
    });
    const drain = (): void => stream.drain();
    open.add(drain);
    stream.start();
  };
  return (call) => {
    const visit = receive(reception, call, named(service, method));
    try {
      start(call, visit);
    } catch (error) {
      finish(handling, call, visit, NO_TRAFFIC, error);
    }
  };
}

export function watchHandler(
  handling: Handling,
  service: string,
  method: WatchMethod,
): handleServerStreamingCall<Buffer, Buffer> {
  const { reception, open } = handling;
  const start = (call: ServerWritableStream<Buffer, Buffer>, visit: Visit): void => {
    const site = reception.admit(visit);
    const [message, signal] = [decode(method, call.request), cancellation(call)];
    const traffic = { bytesIn: call.request.length, bytesOut: 0 };
    const send = (answer: object): void => {
      const bytes = encodeMessage(method.response, answer);
      traffic.bytesOut += bytes.length;
      call.write(bytes);
    };
    const stop = method.watch(site, { message, timeoutMs: timeLeftMs(call), signal, watch: undefined }, send);
    const end = (error: RelayError): void => {
      if (!open.delete(close)) return;
      stop();
      finish(handling, call, visit, traffic, error);
    };
    const close = (): void => end(new RelayError("SERVER_CLOSING", {}));
    open.add(close);
    signal.addEventListener("abort", () => end(new RelayError("CANCELLED", { reason: String(signal.reason) })));
  };
  return (call) => {
    const visit = receive(reception, call, named(service, method));
    try {
      start(call, visit);
    } catch (error) {
      finish(handling, call, visit, NO_TRAFFIC, error);
    }
  };
}
