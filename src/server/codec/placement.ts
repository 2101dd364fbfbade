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

/** Reads a request; elsewhere when its JSON is large. Binary data costs next to nothing to read. */
export async function readInferOn(
  codec: Codec,
  body: Uint8Array,
  jsonBytes: number | undefined,
): Promise<InferRequest> {
  const args = { body, jsonBytes };
  if ((jsonBytes ?? body.length) <= LARGE_BYTES) return JOBS.readInfer(args);
  const request = await codec.run("readInfer", args, body.length);
  return { ...request, inputs: revived(request.inputs) };
}

/** Reads a request over gRPC; elsewhere when it has many numbers to decode. @param message as far as it has been read */
export async function readInferMessageOn(
  codec: Codec,
  body: Uint8Array,
  message: ProtobufRecord,
): Promise<InferRequest> {
  if (body.length <= LARGE_BYTES || !hasTypedContents(message)) return readInferMessage(message);
  const request = await codec.run("readInferMessage", { body }, body.length);
  return { ...request, inputs: revived(request.inputs) };
}

/** As {@link readInferOn}. */
export async function readInstancesOn(
  codec: Codec,
  body: Uint8Array,
  inputs: readonly TensorSpec[],
): Promise<Instances> {
  const args = { body, inputs };
  if (body.length <= LARGE_BYTES) return JOBS.readInstances(args);
  const instances = await codec.run("readInstances", args, body.length);
  return { ...instances, inputs: revived(instances.inputs) };
}

function jsonBytesOf({ data, dtype }: Tensor): number {
  return (data.length / DTYPES[dtype].lanes) * BYTES_PER_ELEMENT;
}

function total(tensors: readonly Tensor[], bytesOf: (tensor: Tensor) => number): number {
  return tensors.reduce((sum, tensor) => sum + bytesOf(tensor), 0);
}

/** Writes an answer; elsewhere when it will be large. */
export async function writeInferOn(codec: Codec, args: JobArgs<"writeInfer">): Promise<Answer> {
  const tensors = (binary: boolean): Tensor[] =>
    args.selected.flatMap(({ name, isBinary }) => (isBinary === binary ? (args.outputs[name] ?? []) : []));
  const json = total(tensors(false), jsonBytesOf);
  const binary = total(tensors(true), ({ data }) => data.byteLength);
  const isLarge = json > LARGE_BYTES || binary > LARGE_BINARY_BYTES;
  return isLarge ? codec.run("writeInfer", args, json + binary) : JOBS.writeInfer(args);
}

/** As {@link writeInferOn}. */
export async function writePredictionsOn(codec: Codec, args: JobArgs<"writePredictions">): Promise<Answer> {
  const bytes = total(Object.values(args.outputs), jsonBytesOf);
  return bytes > LARGE_BYTES ? codec.run("writePredictions", args, bytes) : JOBS.writePredictions(args);
}
