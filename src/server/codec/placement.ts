import type { ProtobufRecord } from "../../container/index.ts";
import { DTYPES, type Tensor, type TensorSpec } from "../../core/index.ts";
import type { Answer } from "../answer.ts";
import { hasTypedContents, readInferMessage } from "../grpc/infer-message.ts";
import type { InferRequest } from "../infer-request.ts";
import type { Instances } from "../predictions.ts";
import type { Codec } from "./codec.ts";
import { JOBS, type JobArgs, revived } from "./jobs.ts";

/** JSON up to this is read and written on the event loop, which takes less than to have it done elsewhere. */
const LARGE_BYTES = 64 * 1024;

/** Binary data up to this is put together on the event loop. */
const LARGE_BINARY_BYTES = 2 ** 20;

/** What a number takes in JSON, about. */
const BYTES_PER_ELEMENT = 8;

function withTensors<T extends Pick<InferRequest, "inputs">>(read: T): T {
  return { ...read, inputs: revived(read.inputs) };
}

/** Reads a request; elsewhere when its JSON is large. Binary data costs next to nothing to read. */
export function readInferOn(
  codec: Codec,
  body: Uint8Array,
  jsonBytes: number | undefined,
): InferRequest | Promise<InferRequest> {
  const args = { body, jsonBytes };
  if ((jsonBytes ?? body.length) <= LARGE_BYTES) return JOBS.readInfer(args);
  return codec.run("readInfer", args, body.length).then(withTensors);
}

/** Reads a request over gRPC; elsewhere when it has many numbers to decode. @param message as far as it has been read */
export function readInferMessageOn(
  codec: Codec,
  body: Uint8Array,
  message: ProtobufRecord,
): InferRequest | Promise<InferRequest> {
  if (body.length <= LARGE_BYTES || !hasTypedContents(message)) return readInferMessage(message);
  return codec.run("readInferMessage", { body }, body.length).then(withTensors);
}

/** As {@link readInferOn}. */
export function readInstancesOn(
  codec: Codec,
  body: Uint8Array,
  inputs: readonly TensorSpec[],
): Instances | Promise<Instances> {
  const args = { body, inputs };
  if (body.length <= LARGE_BYTES) return JOBS.readInstances(args);
  return codec.run("readInstances", args, body.length).then(withTensors);
}

function jsonBytesOf({ data, dtype }: Tensor): number {
  return (data.length / DTYPES[dtype].lanes) * BYTES_PER_ELEMENT;
}

/** Writes an answer; elsewhere when it will be large. */
export function writeInferOn(codec: Codec, args: JobArgs<"writeInfer">): Answer | Promise<Answer> {
  let [json, binary] = [0, 0];
  for (const { name, isBinary } of args.selected) {
    const tensor = args.outputs[name];
    if (tensor && isBinary) binary += tensor.data.byteLength;
    else if (tensor) json += jsonBytesOf(tensor);
  }
  const isLarge = json > LARGE_BYTES || binary > LARGE_BINARY_BYTES;
  return isLarge ? codec.run("writeInfer", args, json + binary) : JOBS.writeInfer(args);
}

/** As {@link writeInferOn}. */
export function writePredictionsOn(codec: Codec, args: JobArgs<"writePredictions">): Answer | Promise<Answer> {
  const bytes = Object.values(args.outputs).reduce((sum, tensor) => sum + jsonBytesOf(tensor), 0);
  return bytes > LARGE_BYTES ? codec.run("writePredictions", args, bytes) : JOBS.writePredictions(args);
}
