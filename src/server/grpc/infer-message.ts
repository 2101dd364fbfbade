import { decodeProtobuf, type JsonObject, type JsonValue, type ProtobufRecord } from "../../container/index.ts";
import type { Tensor } from "../../core/index.ts";
import type { Inferred } from "../infer.ts";
import type { InferRequest, RequestedOutput } from "../infer-request.ts";
import type { ModelIdentity } from "../infer-response.ts";
import { invalid } from "../invalid.ts";
import { classesOf, requireDistinct, requireSupported } from "../request-rules.ts";
import { sentOutput } from "../sent-output.ts";
import { readTensorHeader } from "../tensor-header.ts";
import { readRawTensor, readTypedTensor } from "./contents.ts";
import { MODEL_INFER_REQUEST, TENSOR_CONTENTS } from "./inference-messages.ts";

function unsigned(bits: number | bigint | undefined): number | bigint | undefined {
  return typeof bits === "bigint" || Number(bits) < 0 ? BigInt.asUintN(64, BigInt(bits as number | bigint)) : bits;
}

function parameterOf(value: ProtobufRecord | undefined): JsonValue | undefined {
  const bool = value?.integer("bool_param");
  if (bool !== undefined) return bool !== 0;
  return (
    value?.integer("int64_param") ??
    value?.text("string_param") ??
    value?.double("double_param") ??
    unsigned(value?.integer("uint64_param"))
  );
}

function parametersOf(owner: ProtobufRecord, what: string): JsonObject {
  const entries = owner.records("parameters").flatMap((entry): [string, JsonValue][] => {
    const value = parameterOf(entry.record("value"));
    return value === undefined ? [] : [[entry.text("key") ?? "", value]];
  });
  const parameters = Object.fromEntries(entries);
  requireSupported(parameters, what);
  return parameters;
}

function contentsOf(input: ProtobufRecord): ProtobufRecord | undefined {
  const [bytes, ...more] = input.bytes("contents");
  if (more.length > 0) throw invalid("an input has contents twice");
  return bytes && decodeProtobuf(bytes, TENSOR_CONTENTS.layout, "the request");
}

/** @param raw undefined: the tensor has typed contents */
function readInput(input: ProtobufRecord, raw: Uint8Array | undefined): [name: string, tensor: Tensor] {
  const name = input.text("name") ?? "";
  const header = readTensorHeader(name, input.text("datatype") ?? "", input.integers("shape"));
  parametersOf(input, name);
  const contents = contentsOf(input);
  if (!raw) return [name, readTypedTensor(contents, header)];
  if (contents) throw invalid(`${name} has contents; a message with raw_input_contents must have no others`);
  return [name, readRawTensor(raw, header)];
}

function readInputs(request: ProtobufRecord): Record<string, Tensor> {
  const raw = request.bytes("raw_input_contents");
  const inputs = request.records("inputs");
  if (raw.length > 0 && raw.length !== inputs.length) {
    throw invalid(`raw_input_contents are ${raw.length}, of ${inputs.length} inputs; there must be one for each`);
  }
  const tensors = inputs.map((input, i) => readInput(input, raw[i]));
  const names = tensors.map(([name]) => name);
  requireDistinct(names, "inputs");
  return Object.fromEntries(tensors);
}

function readOutput(output: ProtobufRecord): RequestedOutput {
  const name = output.text("name") ?? "";
  return { name, isBinary: true, classes: classesOf(parametersOf(output, name), name) };
}

function readOutputs(request: ProtobufRecord): readonly RequestedOutput[] | undefined {
  const outputs = request.records("outputs").map(readOutput);
  const names = outputs.map(({ name }) => name);
  requireDistinct(names, "outputs");
  return outputs.length > 0 ? outputs : undefined;
}

/** Reads a ModelInferRequest. @throws RelayError REQUEST_INVALID, FILE_CORRUPT */
export function readInferMessage(request: ProtobufRecord): InferRequest {
  return {
    id: request.text("id"),
    parameters: parametersOf(request, "the request"),
    inputs: readInputs(request),
    outputs: readOutputs(request),
    isBinary: true,
  };
}

/** Whether the elements of a request's inputs are numbers to be decoded, not bytes to be taken as they are. */
export function hasTypedContents(request: ProtobufRecord): boolean {
  return request.records("inputs").some((input) => input.bytes("contents").length > 0);
}

/** As {@link readInferMessage}, of the bytes of a request. */
export function readInferMessageBytes(bytes: Uint8Array): InferRequest {
  return readInferMessage(decodeProtobuf(bytes, MODEL_INFER_REQUEST.firstLayout, "the request"));
}

/** A ModelInferResponse, whose outputs are raw. */
export function writeInferMessage({ name, version }: ModelIdentity, { id, selected, outputs }: Inferred): object {
  const sent = selected.map((output) => sentOutput(output, outputs));
  return {
    model_name: name,
    model_version: version,
    id,
    outputs: sent.map(({ name, datatype, shape }) => ({ name, datatype, shape })),
    raw_output_contents: sent.map(({ bytes }) => bytes()),
  };
}

const ASKS_FOR_FINAL = "triton_enable_empty_final_response";

/** Triton's flag of the last answer to a request of a stream, which here is the only one, if the request asks for it. */
export function finalFlag(request: ProtobufRecord): object {
  const asked = request.records("parameters").find((entry) => entry.text("key") === ASKS_FOR_FINAL);
  if (!asked?.record("value")?.integer("bool_param")) return {};
  return { parameters: { triton_final_response: { bool_param: true } } };
}
