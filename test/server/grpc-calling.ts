import { Client, credentials, type ServiceError } from "@grpc/grpc-js";
import {
  decodeProtobuf,
  encodeProtobuf,
  type ProtobufFields,
  type ProtobufMessage,
  type ProtobufRecord,
} from "../../src/container/index.ts";
import { MESSAGES } from "../../src/server/grpc/messages.ts";
import type { Serving } from "./serving.ts";

export interface CallOptions {
  readonly deadlineMs?: number;
  /** Aborting it cancels the call. */
  readonly signal?: AbortSignal;
}

export interface Calls {
  /** Rejects with the status of the call. */
  call(method: string, message?: ProtobufMessage, options?: CallOptions): Promise<ProtobufRecord>;
  /** Sends a ModelInferRequest that may be no message. */
  send(bytes: Uint8Array): Promise<ProtobufRecord>;
}

type Layout = readonly [request: ProtobufFields, response: ProtobufFields];

const INFERENCE = "/inference.GRPCInferenceService";
const INFER = `${INFERENCE}/ModelInfer`;

const LAYOUTS: Readonly<Record<string, Layout>> = {
  [`${INFERENCE}/ServerLive`]: [MESSAGES.Empty, MESSAGES.ServerLiveResponse],
  [`${INFERENCE}/ServerReady`]: [MESSAGES.Empty, MESSAGES.ReadyResponse],
  [`${INFERENCE}/ModelReady`]: [MESSAGES.ModelRequest, MESSAGES.ReadyResponse],
  [`${INFERENCE}/ServerMetadata`]: [MESSAGES.Empty, MESSAGES.ServerMetadataResponse],
  [`${INFERENCE}/ModelMetadata`]: [MESSAGES.ModelRequest, MESSAGES.ModelMetadataResponse],
  [INFER]: [MESSAGES.ModelInferRequest, MESSAGES.ModelInferResponse],
  "/grpc.health.v1.Health/Check": [MESSAGES.HealthCheckRequest, MESSAGES.HealthCheckResponse],
};

function unary(client: Client, path: string, bytes: Uint8Array, options: CallOptions): Promise<Buffer> {
  const { deadlineMs = 60_000, signal } = options;
  return new Promise((resolve, reject) => {
    const sent = client.makeUnaryRequest<Buffer, Buffer>(
      path,
      (buffer) => buffer,
      (buffer) => buffer,
      Buffer.from(bytes),
      { deadline: Date.now() + deadlineMs },
      (error: ServiceError | null, reply) => (reply ? resolve(reply) : reject(error)),
    );
    signal?.addEventListener("abort", () => sent.cancel());
  });
}

/** Lets the server listen for gRPC, and closes the client after `use`. */
export async function calling({ server }: Serving, use: (calls: Calls) => Promise<void>): Promise<void> {
  const port = await server.listenGrpc({ port: 0 });
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  const exchange = async (path: string, bytes: Uint8Array, options: CallOptions = {}): Promise<ProtobufRecord> => {
    const [, response] = LAYOUTS[path] as Layout;
    return decodeProtobuf(await unary(client, path, bytes, options), response, "the reply");
  };
  const call: Calls["call"] = (method, message = {}, options) => {
    const path = method.startsWith("/") ? method : `${INFERENCE}/${method}`;
    return exchange(path, encodeProtobuf((LAYOUTS[path] as Layout)[0], message), options);
  };
  try {
    await use({ call, send: (bytes) => exchange(INFER, bytes) });
  } finally {
    client.close();
  }
}
