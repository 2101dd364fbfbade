import type { handleServerStreamingCall, ServerWritableStream } from "@grpc/grpc-js";
import { RelayError } from "../../core/index.ts";
import type { Visit } from "../visit.ts";
import { cancellation } from "./cancellation.ts";
import { begin, decode, finish, type Handling, named, timeLeftMs } from "./handling.ts";
import { encodeMessage } from "./message-value.ts";
import type { WatchMethod } from "./service.ts";

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
    const stop = method.watch(
      site,
      { message, bytes: call.request, timeoutMs: timeLeftMs(call), signal, watch: undefined },
      send,
    );
    const end = (error: RelayError): void => {
      if (!open.delete(close)) return;
      stop();
      finish(handling, call, visit, traffic, error);
    };
    const close = (): void => end(new RelayError("SERVER_CLOSING", {}));
    open.add(close);
    signal.addEventListener("abort", () => end(new RelayError("CANCELLED", { reason: String(signal.reason) })));
  };
  return (call) => begin(handling, call, named(service, method), start);
}
