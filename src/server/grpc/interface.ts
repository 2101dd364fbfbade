import {
  type handleUnaryCall,
  type MethodDefinition,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
} from "@grpc/grpc-js";
import { decodeProtobuf, encodeProtobuf } from "../../container/index.ts";
import type { Site } from "../site.ts";
import { grpcFailure } from "./failure.ts";
import { type GrpcCall, METHODS, type Method } from "./methods.ts";

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

function callOf(call: Unary, { request }: Method): GrpcCall {
  return {
    message: decodeProtobuf(call.request, request, "the request"),
    timeoutMs: Number(call.getDeadline()) - Date.now(),
    signal: cancellation(call),
  };
}

async function respond(site: Site, method: Method, call: Unary): Promise<Buffer> {
  const message = await method.answer(site, callOf(call, method));
  const { buffer, byteOffset, byteLength } = encodeProtobuf(method.response, message);
  return Buffer.from(buffer, byteOffset, byteLength);
}

function handler(site: Site, method: Method): handleUnaryCall<Buffer, Buffer> {
  return (call, reply) => {
    respond(site, method, call).then(
      (bytes) => reply(null, bytes),
      (error: unknown) => reply(grpcFailure(error)),
    );
  };
}

/** The Open Inference Protocol over gRPC, without encryption. */
export class GrpcInterface {
  readonly #server: Server;

  /** @param maxBytes of a request; of more, the client gets RESOURCE_EXHAUSTED */
  constructor(site: Site, maxBytes: number) {
    this.#server = new Server({
      "grpc.max_receive_message_length": maxBytes,
      "grpc.max_send_message_length": -1,
      "grpc.enable_channelz": 0,
    });
    for (const method of METHODS) {
      this.#server.addService({ [method.name]: definition(method) }, { [method.name]: handler(site, method) });
    }
  }

  /** @returns the port @throws what the operating system says */
  listen(host: string, port: number): Promise<number> {
    const address = `${host.includes(":") ? `[${host}]` : host}:${port}`;
    return new Promise((resolve, reject) => {
      this.#server.bindAsync(address, ServerCredentials.createInsecure(), (error, bound) => {
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
