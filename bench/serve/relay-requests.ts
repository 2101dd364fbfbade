import { encodeProtobuf } from "#dist/container/index.js";
import { datatypeOf } from "#dist/core/index.js";
import { MODEL_INFER_REQUEST } from "#dist/server/grpc/inference-messages.js";
import type { Case, Face, Input, Sample } from "./cases.ts";
import { httpPost, jsonPost } from "./http-request.ts";

function header({ name, tensor }: Input): { name: string; datatype: string | undefined; shape: readonly number[] } {
  return { name, datatype: datatypeOf(tensor.dtype), shape: tensor.shape };
}

function numbers({ tensor }: Input): readonly number[] {
  return Array.from(tensor.data as ArrayLike<number | bigint>, Number);
}

/** Numbers of float32 have more digits as doubles than the client wrote. */
function shortest(value: number): number {
  return Number(value.toPrecision(7));
}

function json(path: string, { inputs }: Sample): Uint8Array {
  return jsonPost(path, { inputs: inputs.map((input) => ({ ...header(input), data: numbers(input).map(shortest) })) });
}

function binary(path: string, { inputs }: Sample): Uint8Array {
  const described = inputs.map((input) => ({
    ...header(input),
    parameters: { binary_data_size: input.tensor.data.byteLength },
  }));
  const head = Buffer.from(JSON.stringify({ inputs: described, parameters: { binary_data_output: true } }));
  const body = Buffer.concat([head, ...inputs.map(({ tensor }) => tensor.bytes)]);
  return httpPost(path, body, {
    "content-type": "application/octet-stream",
    "inference-header-content-length": String(head.length),
  });
}

function grpc(model: string, { inputs }: Sample): Uint8Array {
  return encodeProtobuf(MODEL_INFER_REQUEST.layout, {
    model_name: model,
    inputs: inputs.map(header),
    raw_input_contents: inputs.map(({ tensor }) => tensor.bytes),
  });
}

const WRITERS: Readonly<Record<Face, (model: string, sample: Sample) => Uint8Array>> = {
  json: (model, sample) => json(`/v2/models/${model}/infer`, sample),
  binary: (model, sample) => binary(`/v2/models/${model}/infer`, sample),
  grpc,
};

/** A request of the Open Inference Protocol. */
export function relayRequest(face: Face, { model }: Case, sample: Sample): Uint8Array {
  return WRITERS[face](model, sample);
}
