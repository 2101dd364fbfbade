import { setMaxListeners } from "node:events";
import type {
  handleBidiStreamingCall,
  handleServerStreamingCall,
  handleUnaryCall,
  ServerDuplexStream,
  ServerWritableStream,
} from "@grpc/grpc-js";
import { decodeProtobuf, type ProtobufRecord } from "../../container/index.ts";
import { RelayError } from "../../core/index.ts";
import type { Site } from "../site.ts";
import { type AnswerBytes, AnsweredStream } from "./answered-stream.ts";
import { callerOf, cancellation, grpcCall, type SiteFor, type SurfaceCall } from "./caller.ts";
import { grpcFailure } from "./failure.ts";
import { encodeMessage } from "./message-value.ts";
import type { EachMethod, Method, UnaryMethod, WatchMethod } from "./service.ts";

/** What the handlers of all methods share. */
export interface Handling {
  readonly siteFor: SiteFor;
  /** Of a message. */
  readonly maxBytes: number;
  /** Streams that are open: what ends each of them. */
  readonly open: Set<() => void>;
}

function decode({ request }: Method, bytes: Buffer): ProtobufRecord {
  return decodeProtobuf(bytes, request.layout, "the request");
}

export function unaryHandler(handling: Handling, method: UnaryMethod): handleUnaryCall<Buffer, Buffer> {
  return (call, reply) => {
    const respond = async (): Promise<Buffer> => {
      const site = handling.siteFor(callerOf(call));
      const message = await method.answer(site, grpcCall(call, decode(method, call.request), cancellation(call)));
      return encodeMessage(method.response, message);
    };
    respond().then(
      (bytes) => reply(null, bytes),
      (error: unknown) => reply(grpcFailure(error)),
    );
  };
}

/** The message that stands for a failure; where the request itself cannot be read again, one that does not name it. */
function failureMessage({ failure }: EachMethod, error: unknown, request: ProtobufRecord | undefined): object {
  try {
    return failure(error, request);
  } catch {
    return failure(error, undefined);
  }
}

function answerer(site: Site, method: EachMethod, call: SurfaceCall): AnswerBytes {
  return async (bytes, signal) => {
    let request: ProtobufRecord | undefined;
    try {
      request = decode(method, bytes);
      return encodeMessage(method.response, await method.answer(site, grpcCall(call, request, signal)));
    } catch (error) {
      return encodeMessage(method.response, failureMessage(method, error, request));
    }
  };
}

type Stream = ServerDuplexStream<Buffer, Buffer> | ServerWritableStream<Buffer, Buffer>;

/** Ends a stream before it has begun to answer. */
function refuse(call: Stream, error: unknown): void {
  call.emit("error", grpcFailure(error));
}

/** Lets the server end the stream when it closes. */
function keepOpen({ open }: Handling, call: Stream, end: () => void): void {
  open.add(end);
  call.once("close", () => open.delete(end));
}

export function eachHandler(handling: Handling, method: EachMethod): handleBidiStreamingCall<Buffer, Buffer> {
  return (call) => {
    try {
      const answer = answerer(handling.siteFor(callerOf(call)), method, call);
      const signal = cancellation(call);
      setMaxListeners(0, signal);
      const stream = new AnsweredStream(call, signal, answer, { ...handling, ...method });
      keepOpen(handling, call, () => stream.drain());
      stream.start();
    } catch (error) {
      refuse(call, error);
    }
  };
}

export function watchHandler(handling: Handling, method: WatchMethod): handleServerStreamingCall<Buffer, Buffer> {
  return (call) => {
    try {
      const site = handling.siteFor(callerOf(call));
      const request = grpcCall(call, decode(method, call.request), cancellation(call));
      const stop = method.watch(site, request, (answer) => {
        call.write(encodeMessage(method.response, answer));
      });
      call.once("close", stop);
      keepOpen(handling, call, () => refuse(call, new RelayError("SERVER_CLOSING", {})));
    } catch (error) {
      refuse(call, error);
    }
  };
}
