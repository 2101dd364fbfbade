import { type ChannelCredentials, Client, credentials, Metadata, type ServiceError } from "@grpc/grpc-js";

export interface BareCall {
  /** Default 127.0.0.1. */
  readonly host?: string;
  readonly port: number;
  /** `/SERVICE/METHOD`. */
  readonly path: string;
  /** A message; by default one without fields. */
  readonly message?: Uint8Array;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Default: no encryption. */
  readonly channel?: ChannelCredentials;
}

export interface BareReply {
  readonly bytes: Buffer;
  /** That which comes before the message. */
  readonly metadata: Metadata;
}

export const INFERENCE = "/inference.GRPCInferenceService";

/** One call on a connection of its own. Rejects with the status of the call. */
export async function bareCall(call: BareCall): Promise<BareReply> {
  const { host = "127.0.0.1", port, path, message = new Uint8Array(), channel = credentials.createInsecure() } = call;
  const client = new Client(`${host}:${port}`, channel);
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(call.metadata ?? {})) metadata.set(name, value);
  const same = (bytes: Buffer): Buffer => bytes;
  try {
    return await new Promise((resolve, reject) => {
      let first = new Metadata();
      const done = (error: ServiceError | null, bytes?: Buffer): void => {
        if (bytes) resolve({ bytes, metadata: first });
        else reject(error);
      };
      const options = { deadline: Date.now() + 30_000 };
      client
        .makeUnaryRequest<Buffer, Buffer>(path, same, same, Buffer.from(message), metadata, options, done)
        .on("metadata", (given: Metadata) => {
          first = given;
        });
    });
  } finally {
    client.close();
  }
}
