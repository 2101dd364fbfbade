import { Client, credentials, type ServiceError } from "@grpc/grpc-js";
import { decodeProtobuf, encodeProtobuf, type ProtobufFields } from "#dist/container/index.js";

const TENSOR: ProtobufFields = { name: [1, "string"], datatype: [2, "string"], shape: [3, "int64"] };
const REQUEST: ProtobufFields = {
  model_name: [1, "string"],
  id: [3, "string"],
  inputs: [5, { fields: TENSOR }],
  raw_input_contents: [7, "bytes"],
};
const RESPONSE: ProtobufFields = { id: [3, "string"], raw_output_contents: [6, "bytes"] };

const same = (bytes: Buffer): Buffer => bytes;

/** As much of a gRPC client as the soak needs. */
export class GrpcEcho {
  readonly #client: Client;

  constructor(port: number) {
    this.#client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  }

  /** @returns the rows that came back, and the id. Rejects with the status of the call. */
  infer(id: string, rows: Int32Array): Promise<{ readonly id: string | undefined; readonly rows: Int32Array }> {
    const input = { name: "x", datatype: "INT32", shape: [rows.length / 2, 2] };
    const raw = new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength);
    const message = encodeProtobuf(REQUEST, { model_name: "echo", id, inputs: [input], raw_input_contents: [raw] });
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest<Buffer, Buffer>(
        "/inference.GRPCInferenceService/ModelInfer",
        same,
        same,
        Buffer.from(message),
        (error: ServiceError | null, reply) => {
          if (!reply) return reject(error);
          const response = decodeProtobuf(reply, RESPONSE, "the reply");
          const [bytes = new Uint8Array()] = response.bytes("raw_output_contents");
          resolve({ id: response.text("id"), rows: new Int32Array(new Uint8Array(bytes).buffer) });
        },
      );
    });
  }

  close(): void {
    this.#client.close();
  }
}
