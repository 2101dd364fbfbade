import type { JsonObject, JsonValue } from "../container/index.ts";
import { Tensor } from "../core/index.ts";
import { BinaryTail, readBinaryData } from "./binary-data.ts";
import { bodyParser } from "./body-parser.ts";
import { invalid } from "./invalid.ts";
import { readJsonData } from "./json-data.ts";
import { classesOf, requireDistinct, requireSupported } from "./request-rules.ts";
import { INFER_REQUEST } from "./schemas.ts";
import { readTensorHeader } from "./tensor-header.ts";

/** An output that a request asks for. */
export interface RequestedOutput {
  readonly name: string;
  readonly isBinary: boolean;
  /** How many of the best classes to give; undefined: the tensor. */
  readonly classes?: number | undefined;
}

/** A request of the Open Inference Protocol, read. */
export interface InferRequest {
  readonly id: string | undefined;
  readonly parameters: JsonObject;
  readonly inputs: Readonly<Record<string, Tensor>>;
  /** Undefined: all, in the model's order. */
  readonly outputs: readonly RequestedOutput[] | undefined;
  /** Whether outputs that are not named are sent as binary data. */
  readonly isBinary: boolean;
}

/** What {@link INFER_REQUEST} describes. */
interface Message {
  readonly id?: string;
  readonly parameters?: JsonObject;
  readonly inputs: readonly Input[];
  readonly outputs?: readonly Output[];
}

interface Input {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
  readonly parameters?: JsonObject & { readonly binary_data_size?: number };
  readonly data?: readonly JsonValue[];
}

interface Output {
  readonly name: string;
  readonly parameters?: JsonObject & { readonly binary_data?: boolean };
}

const parseMessage = bodyParser<Message>(INFER_REQUEST);

/** To be called before the first request comes, which would have to wait for it. */
export const prepareInferRequests: () => void = parseMessage.prepare;

const NO_PARAMETERS: JsonObject = {};

function readInput(input: Input, tail: BinaryTail): [name: string, tensor: Tensor] {
  const { name, datatype, shape, data, parameters = NO_PARAMETERS } = input;
  const header = readTensorHeader(name, datatype, shape);
  requireSupported(parameters, name);
  const size = parameters["binary_data_size"];
  if (size === undefined) {
    if (!data) throw invalid(`data of ${name} is missing`);
    return [name, new Tensor(header.dtype, readJsonData(data, header), shape)];
  }
  if (data) throw invalid(`${name} has both data and binary_data_size`);
  const bytes = tail.take(size as number, name);
  return [name, new Tensor(header.dtype, readBinaryData(bytes, header), shape)];
}

function readOutput(name: string, parameters: NonNullable<Output["parameters"]>, isBinary: boolean): RequestedOutput {
  requireSupported(parameters, name);
  return { name, isBinary: parameters.binary_data ?? isBinary, classes: classesOf(parameters, name) };
}

function readOutputs(outputs: readonly Output[], isBinary: boolean): readonly RequestedOutput[] | undefined {
  requireDistinct(
    outputs.map(({ name }) => name),
    "outputs",
  );
  if (outputs.length === 0) return undefined;
  return outputs.map(({ name, parameters = NO_PARAMETERS }) => readOutput(name, parameters, isBinary));
}

/**
 * Reads a request.
 * @param jsonBytes how much of the body is JSON; binary data follows. Undefined: all
 * @throws RelayError REQUEST_INVALID, LIMIT_EXCEEDED
 */
export function readInferRequest(body: Uint8Array, jsonBytes: number = body.length): InferRequest {
  if (jsonBytes > body.length) throw invalid(`the body has ${body.length} bytes; its JSON cannot have ${jsonBytes}`);
  const { id, parameters = NO_PARAMETERS, inputs, outputs = [] } = parseMessage(body.subarray(0, jsonBytes));
  requireSupported(parameters, "the request");
  const tail = new BinaryTail(body.subarray(jsonBytes));
  const tensors = inputs.map((input) => readInput(input, tail));
  tail.requireEnd();
  requireDistinct(
    inputs.map(({ name }) => name),
    "inputs",
  );
  const isBinary = parameters["binary_data_output"] === true;
  return {
    id,
    parameters,
    inputs: Object.fromEntries(tensors),
    outputs: readOutputs(outputs, isBinary),
    isBinary,
  };
}
