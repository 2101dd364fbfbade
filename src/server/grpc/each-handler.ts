import { setMaxListeners } from "node:events";
import type { handleBidiStreamingCall, ServerDuplexStream } from "@grpc/grpc-js";
import type { ProtobufRecord } from "../../container/index.ts";
import type { Visit } from "../visit.ts";
import { AnsweredStream } from "./answered-stream.ts";
import { cancellation } from "./cancellation.ts";
import { begin, decode, finish, type Handling, named, timeLeftMs } from "./handling.ts";
import { encodeMessage } from "./message-value.ts";
import type { EachMethod, GrpcCall } from "./service.ts";

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
  answer: (message: ProtobufRecord, bytes: Buffer) => object | Promise<object>,
): Promise<Buffer> {
  let request: ProtobufRecord | undefined;
  try {
    request = decode(method, bytes);
    return encodeMessage(method.response, await answer(request, bytes));
  } catch (error) {
    return encodeMessage(method.response, failureMessage(method, error, request));
  }
}

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
    const callOf = (message: ProtobufRecord, bytes: Buffer): GrpcCall => {
      return { message, bytes, timeoutMs: timeLeftMs(call), signal, watch: undefined };
    };
    const stream = new AnsweredStream({
      call,
      cancelled: signal,
      answer: (bytes) => answerBytes(method, bytes, (...asked) => method.answer(site, callOf(...asked))),
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
  return (call) => begin(handling, call, named(service, method), start);
}
