import {
  Client,
  type ClientOptions,
  type ClientReadableStream,
  credentials,
  Metadata,
  type ServiceError,
} from "@grpc/grpc-js";
import {
  decodeProtobuf,
  encodeProtobuf,
  type ProtobufMessage,
  type ProtobufRecord,
} from "../../src/container/index.ts";
import type { Method } from "../../src/server/grpc/service.ts";
import { SERVICES } from "../../src/server/grpc/services.ts";
import type { Serving } from "./serving.ts";

export interface CallOptions {
  readonly deadlineMs?: number;
  /** Aborting it cancels the call. */
  readonly signal?: AbortSignal;
  /** Metadata. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A call that may give several answers. */
export interface Stream {
  send(message: ProtobufMessage): void;
  /** Sends what may be no message. */
  sendBytes(bytes: Uint8Array): void;
  /** Says that no more messages come. */
  end(): void;
  cancel(): void;
  /** Rejects with the status of the call; undefined when it has ended well. */
  next(): Promise<ProtobufRecord | undefined>;
}

export interface Calls {
  /** Rejects with the status of the call. */
  call(method: string, message?: ProtobufMessage, options?: CallOptions): Promise<ProtobufRecord>;
  /** Sends a ModelInferRequest that may be no message. */
  send(bytes: Uint8Array): Promise<ProtobufRecord>;
  stream(method: string, options?: CallOptions): Stream;
  /** A stream of answers to one message. */
  watch(method: string, message: ProtobufMessage, options?: CallOptions): Stream;
}

const INFERENCE = "/inference.GRPCInferenceService";

const METHODS: ReadonlyMap<string, Method> = new Map(
  SERVICES.flatMap((service) =>
    service.methods.map((method): [string, Method] => [`/${service.package}.${service.name}/${method.name}`, method]),
  ),
);

/** A method by its path, or by its name in the inference service. */
function find(method: string): { readonly path: string; readonly method: Method } {
  const path = method.startsWith("/") ? method : `${INFERENCE}/${method}`;
  return { path, method: METHODS.get(path) as Method };
}

function same(buffer: Buffer): Buffer {
  return buffer;
}

function metadataOf({ headers = {} }: CallOptions): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  return metadata;
}

function deadlineOf({ deadlineMs = 60_000 }: CallOptions): { readonly deadline: number } {
  return { deadline: Date.now() + deadlineMs };
}

function unary(client: Client, path: string, bytes: Uint8Array, options: CallOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const sent = client.makeUnaryRequest<Buffer, Buffer>(
      path,
      same,
      same,
      Buffer.from(bytes),
      metadataOf(options),
      deadlineOf(options),
      (error: ServiceError | null, reply) => (reply ? resolve(reply) : reject(error)),
    );
    options.signal?.addEventListener("abort", () => sent.cancel());
  });
}

function reader({ response }: Method, call: ClientReadableStream<Buffer>): Pick<Stream, "cancel" | "next"> {
  const answers = call[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  return {
    cancel: () => call.cancel(),
    next: async () => {
      const { done, value } = await answers.next();
      return done ? undefined : decodeProtobuf(value, response.layout, "the reply");
    },
  };
}

function duplex(client: Client, name: string, options: CallOptions = {}): Stream {
  const { path, method } = find(name);
  const call = client.makeBidiStreamRequest<Buffer, Buffer>(path, same, same, metadataOf(options), deadlineOf(options));
  const sendBytes = (bytes: Uint8Array): void => void call.write(Buffer.from(bytes));
  return {
    ...reader(method, call),
    sendBytes,
    send: (message) => sendBytes(encodeProtobuf(method.request.layout, message)),
    end: () => call.end(),
  };
}

function unexpected(): never {
  throw new Error("the stream takes one message only");
}

function answers(client: Client, name: string, message: ProtobufMessage, options: CallOptions = {}): Stream {
  const { path, method } = find(name);
  const bytes = Buffer.from(encodeProtobuf(method.request.layout, message));
  const [metadata, deadline] = [metadataOf(options), deadlineOf(options)];
  const call = client.makeServerStreamRequest<Buffer, Buffer>(path, same, same, bytes, metadata, deadline);
  return { ...reader(method, call), send: unexpected, sendBytes: unexpected, end: unexpected };
}

/** Calls a port of this machine, and closes the client after `use`. */
export async function callingPort(
  port: number,
  use: (calls: Calls) => Promise<void>,
  secrets = credentials.createInsecure(),
  options: ClientOptions = {},
): Promise<void> {
  const client = new Client(`127.0.0.1:${port}`, secrets, { "grpc.max_receive_message_length": -1, ...options });
  const exchange = async (name: string, bytes: Uint8Array, options: CallOptions = {}): Promise<ProtobufRecord> => {
    const { path, method } = find(name);
    return decodeProtobuf(await unary(client, path, bytes, options), method.response.layout, "the reply");
  };
  try {
    await use({
      call: (name, message = {}, options) =>
        exchange(name, encodeProtobuf(find(name).method.request.layout, message), options),
      send: (bytes) => exchange("ModelInfer", bytes),
      stream: (name, options) => duplex(client, name, options),
      watch: (name, message, options) => answers(client, name, message, options),
    });
  } finally {
    client.close();
  }
}

/** Lets the server listen for gRPC, and closes the client after `use`. */
export async function calling({ server }: Serving, use: (calls: Calls) => Promise<void>): Promise<void> {
  await callingPort(await server.listenGrpc({ port: 0 }), use);
}
