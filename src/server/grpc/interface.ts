import {
  type MethodDefinition,
  Server,
  ServerCredentials,
  type ServerOptions,
  type UntypedHandleCall,
} from "@grpc/grpc-js";
import type { Site } from "../site.ts";
import type { SiteFor } from "./caller.ts";
import { eachHandler, type Handling, unaryHandler, watchHandler } from "./handlers.ts";
import type { Method, Service } from "./service.ts";
import { SERVICES } from "./services.ts";

/** Certificates in PEM. */
export interface GrpcTls {
  readonly cert: Buffer;
  readonly key: Buffer;
  /** Of those who sign clients' certificates. */
  readonly ca?: Buffer;
  /** Whether clients must have a certificate. */
  readonly requireClientCert?: boolean;
}

export interface GrpcOptions {
  /** Of a request; of more, the client gets RESOURCE_EXHAUSTED. */
  readonly maxBytes: number;
  /** Undefined: without encryption. */
  readonly tls?: GrpcTls | undefined;
  /** Default: everybody sees all of it. */
  readonly siteFor?: SiteFor | undefined;
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

function credentialsOf(tls: GrpcTls | undefined): ServerCredentials {
  if (!tls) return ServerCredentials.createInsecure();
  const pair = { cert_chain: tls.cert, private_key: tls.key };
  return ServerCredentials.createSsl(tls.ca ?? null, [pair], tls.requireClientCert ?? false);
}

function same(bytes: Buffer): Buffer {
  return bytes;
}

/** gRPC carries bytes: what cannot be decoded is to be answered as any other bad request. */
function definition(service: Service, { name, kind }: Method): MethodDefinition<Buffer, Buffer> {
  return {
    path: `/${service.package}.${service.name}/${name}`,
    requestStream: kind === "each",
    responseStream: kind !== "unary",
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  };
}

function handlerOf(handling: Handling, method: Method): UntypedHandleCall {
  if (method.kind === "unary") return unaryHandler(handling, method);
  return method.kind === "each" ? eachHandler(handling, method) : watchHandler(handling, method);
}

/** The Open Inference Protocol over gRPC, with the standard services for health and reflection. */
export class GrpcInterface {
  readonly #server: Server;
  readonly #options: GrpcOptions;
  readonly #open = new Set<() => void>();

  constructor(site: Site, options: GrpcOptions) {
    this.#server = new Server(serverOptions(options));
    this.#options = options;
    const { maxBytes, siteFor = () => site } = options;
    const handling: Handling = { siteFor, maxBytes, open: this.#open };
    for (const service of SERVICES) this.#add(service, handling);
  }

  #add(service: Service, handling: Handling): void {
    for (const method of service.methods) {
      this.#server.addService(
        { [method.name]: definition(service, method) },
        { [method.name]: handlerOf(handling, method) },
      );
    }
  }

  /** @returns the port @throws what the operating system says */
  listen(host: string, port: number): Promise<number> {
    const address = `${host.includes(":") ? `[${host}]` : host}:${port}`;
    return new Promise((resolve, reject) => {
      this.#server.bindAsync(address, credentialsOf(this.#options.tls), (error, bound) => {
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
