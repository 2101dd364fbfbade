import { type MethodDefinition, Server, type ServerOptions, type UntypedHandleCall } from "@grpc/grpc-js";
import type { Reception } from "../reception.ts";
import type { TlsFiles } from "../tls/tls-files.ts";
import { serverCredentials } from "./credentials.ts";
import { eachHandler } from "./each-handler.ts";
import type { Handling } from "./handling.ts";
import type { Method, Service } from "./service.ts";
import { SERVICES } from "./services.ts";
import { unaryHandler } from "./unary-handler.ts";
import { watchHandler } from "./watch-handler.ts";

export interface GrpcOptions {
  /** Of a request; of more, the client gets RESOURCE_EXHAUSTED. */
  readonly maxBytes: number;
  /** Undefined: without encryption. */
  readonly tls?: TlsFiles | undefined;
}

/** Calls of one connection at a time. */
const MAX_CONCURRENT_STREAMS = 1000;

/** How often a silent client is asked whether it is still there, and how long it may take to say so. */
const KEEPALIVE_MS = 60_000;
const KEEPALIVE_TIMEOUT_MS = 20_000;

function serverOptions({ maxBytes }: GrpcOptions): ServerOptions {
  return {
    "grpc.max_receive_message_length": maxBytes,
    "grpc.max_send_message_length": -1,
    "grpc.max_concurrent_streams": MAX_CONCURRENT_STREAMS,
    "grpc.keepalive_time_ms": KEEPALIVE_MS,
    "grpc.keepalive_timeout_ms": KEEPALIVE_TIMEOUT_MS,
    "grpc.enable_channelz": 0,
  };
}

function same(bytes: Buffer): Buffer {
  return bytes;
}

/** gRPC carries bytes: what cannot be decoded is to be answered as any other bad request. */
function definition(service: string, { name, kind }: Method): MethodDefinition<Buffer, Buffer> {
  return {
    path: `/${service}/${name}`,
    requestStream: kind === "each",
    responseStream: kind !== "unary",
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  };
}

function handlerOf(handling: Handling, service: string, method: Method): UntypedHandleCall {
  if (method.kind === "unary") return unaryHandler(handling, service, method);
  return method.kind === "each" ? eachHandler(handling, service, method) : watchHandler(handling, service, method);
}

/** The Open Inference Protocol over gRPC, with the standard services for health and reflection. */
export class GrpcInterface {
  readonly #server: Server;
  readonly #options: GrpcOptions;
  readonly #open = new Set<() => void>();

  constructor(reception: Reception, options: GrpcOptions) {
    this.#server = new Server(serverOptions(options));
    this.#options = options;
    const handling: Handling = { reception, maxBytes: options.maxBytes, open: this.#open };
    for (const service of SERVICES) this.#add(service, handling);
  }

  #add({ package: packageName, name, methods }: Service, handling: Handling): void {
    const service = `${packageName}.${name}`;
    for (const method of methods) {
      this.#server.addService(
        { [method.name]: definition(service, method) },
        { [method.name]: handlerOf(handling, service, method) },
      );
    }
  }

  /** @returns the port @throws what the operating system says */
  listen(host: string, port: number): Promise<number> {
    const address = `${host.includes(":") ? `[${host}]` : host}:${port}`;
    return new Promise((resolve, reject) => {
      this.#server.bindAsync(address, serverCredentials(this.#options.tls), (error, bound) => {
        if (error) reject(error);
        else resolve(bound);
      });
    });
  }

  /** Takes no more requests, those of open streams included, and resolves when those under way have been answered. */
  close(): Promise<void> {
    for (const end of this.#open) end();
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
