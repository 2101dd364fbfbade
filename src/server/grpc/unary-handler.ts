import type { handleUnaryCall, ServerUnaryCall } from "@grpc/grpc-js";
import type { Visit } from "../visit.ts";
import { cancellation } from "./cancellation.ts";
import { grpcFailure } from "./failure.ts";
import { decode, type Handling, named, timeLeftMs } from "./handling.ts";
import { encodeMessage } from "./message-value.ts";
import type { UnaryMethod } from "./service.ts";
import { fail, leave, receive } from "./visits.ts";

export function unaryHandler(
  { reception }: Handling,
  service: string,
  method: UnaryMethod,
): handleUnaryCall<Buffer, Buffer> {
  const respond = async (call: ServerUnaryCall<Buffer, Buffer>, visit: Visit): Promise<Buffer> => {
    const site = reception.admit(visit);
    const [timeoutMs, signal, watch] = [timeLeftMs(call), cancellation(call), reception.watchOf(visit)];
    const message = decode(method, call.request);
    return encodeMessage(
      method.response,
      await method.answer(site, { message, bytes: call.request, timeoutMs, signal, watch }),
    );
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
