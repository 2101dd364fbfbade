import { type handleUnaryCall, type MethodDefinition, Server, type ServerUnaryCall } from "@grpc/grpc-js";
import { decodeProtobuf, encodeProtobuf } from "../../container/index.ts";
import type { InferenceWatch } from "../observe/inference-watch.ts";
import type { Reception } from "../reception.ts";
import type { TlsFiles } from "../tls/tls-files.ts";
import type { Visit } from "../visit.ts";
import { serverCredentials } from "./credentials.ts";
import { grpcFailure } from "./failure.ts";
import { type GrpcCall, METHODS, type Method } from "./methods.ts";
import { fail, leave, receive } from "./visits.ts";

type Unary = ServerUnaryCall<Buffer, Buffer>;

function same(bytes: Buffer): Buffer {
  return bytes;
}

/** gRPC carries bytes: what cannot be decoded is to be answered as any other bad request. */
function definition({ service, name }: Method): MethodDefinition<Buffer, Buffer> {
  return {
    path: `/${service}/${name}`,
    requestStream: false,
    responseStream: false,
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  };
}

function cancellation(call: Unary): AbortSignal {
  const controller = new AbortController();
  const abort = (): void => controller.abort("the client cancelled");
  if (call.cancelled) abort();
  else call.once("cancelled", abort);
  return controller.signal;
}

function callOf(call: Unary, { request }: Method, watch: InferenceWatch | undefined): GrpcCall {
  return {
    message: decodeProtobuf(call.request, request, "the request"),
    timeoutMs: Number(call.getDeadline()) - Date.now(),
    signal: cancellation(call),
    watch,
  };
}

async function respond(reception: Reception, method: Method, call: Unary, visit: Visit): Promise<Buffer> {
  const site = reception.admit(visit);
  const message = await method.answer(site, callOf(call, method, reception.watchOf(visit)));
  const { buffer, byteOffset, byteLength } = encodeProtobuf(method.response, message);
  return Buffer.from(buffer, byteOffset, byteLength);
}

function handler(reception: Reception, method: Method): handleUnaryCall<Buffer, Buffer> {
  return (call, reply) => {
    const visit = receive(reception, call, method);
    const bytesIn = call.request.length;
    respond(reception, method, call, visit).then(
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

/** The Open Inference Protocol over gRPC. */
export class GrpcInterface {
  readonly #server: Server;
  readonly #tls: TlsFiles | undefined;

  /** @param maxBytes of a request; of more, the client gets RESOURCE_EXHAUSTED */
  constructor(reception: Reception, maxBytes: number, tls?: TlsFiles) {
    this.#tls = tls;
    this.#server = new Server({
      "grpc.max_receive_message_length": maxBytes,
      "grpc.max_send_message_length": -1,
      "grpc.enable_channelz": 0,
    });
    for (const method of METHODS) {
      this.#server.addService({ [method.name]: definition(method) }, { [method.name]: handler(reception, method) });
    }
  }

  /** @returns the port @throws what the operating system says */
  listen(host: string, port: number): Promise<number> {
    const address = `${host.includes(":") ? `[${host}]` : host}:${port}`;
    return new Promise((resolve, reject) => {
      this.#server.bindAsync(address, serverCredentials(this.#tls), (error, bound) => {
        if (error) reject(error);
        else resolve(bound);
      });
    });
  }

  /** Takes no more requests and resolves when those under way have been answered. */
  close(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.tryShutdown((error) => {
        if (error) reject(error);
        else resolve();
      });
    });
  }

  /** Ends all connections, answered or not. */
  cut(): void {
    this.#server.forceShutdown();
  }
}
