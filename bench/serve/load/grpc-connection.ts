import { Client, credentials } from "@grpc/grpc-js";
import type { Answered, Connection } from "./connection.ts";

const PATH = "/inference.GRPCInferenceService/ModelInfer";
const OK = 200;

function same(bytes: Buffer): Buffer {
  return bytes;
}

/** A channel of its own for each client, as HTTP has a connection for each. */
export class GrpcConnection implements Connection {
  readonly #client: Client;

  constructor(port: number) {
    this.#client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
      "grpc.use_local_subchannel_pool": 1,
      "grpc.enable_channelz": 0,
    });
  }

  send(request: Uint8Array, answered: Answered, failed: (reason: string) => void): void {
    this.#client.makeUnaryRequest(PATH, same, same, request as Buffer, (error, body) => {
      if (error || !body) failed(error?.message ?? "no answer");
      else answered(OK, body);
    });
  }

  close(): void {
    this.#client.close();
  }
}
