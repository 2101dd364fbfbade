import type { JsonObject, JsonValue } from "../container/index.ts";
import { Tensor } from "../core/index.ts";
import { BinaryTail, readBinaryData } from "./binary-data.ts";
import { invalid } from "./invalid.ts";
import { readJsonData } from "./json-data.ts";
import { asBoolean, asList, asObject, asSize, asString, parseRequest } from "./request-json.ts";
import { classesOf, requireDistinct, requireSupported } from "./request-rules.ts";
import { readTensorHeader, type TensorHeader } from "./tensor-header.ts";

/** An output that a request asks for. */
export interface RequestedOutput {
  readonly name: string;
  readonly isBinary: boolean;
  /** How many of the best classes to give; undefined: the tensor. */
  readonly classes?: number | undefined;
}

/** A request of the Open Inference Protocol, read. */
export interface InferRequest {
  readonly id?: string;
  readonly parameters: JsonObject;
  readonly inputs: Readonly<Record<string, Tensor>>;
  /** Undefined: all, in the model's order. */
  readonly outputs: readonly RequestedOutput[] | undefined;
  /** Whether outputs that are not named are sent as binary data. */
  readonly isBinary: boolean;
}

const NO_PARAMETERS: JsonObject = {};

function parametersOf(owner: JsonObject, what: string): JsonObject {
  const parameters =
    owner["parameters"] === undefined ? NO_PARAMETERS : asObject(owner["parameters"], `parameters of ${what}`);
  requireSupported(parameters, what);
  return parameters;
}

function headerOf(input: JsonObject): TensorHeader {
  const name = asString(input["name"], "name of an input");
  const datatype = asString(input["datatype"], `datatype of ${name}`);
  return readTensorHeader(name, datatype, asList(input["shape"], `shape of ${name}`));
}

function readInput(value: JsonValue, tail: BinaryTail): [name: string, tensor: Tensor] {
  const input = asObject(value, "an input");
  const header = headerOf(input);
  const { name, dtype, shape } = header;
  const size = parametersOf(input, name)["binary_data_size"];
  if (size === undefined) {
    return [name, new Tensor(dtype, readJsonData(asList(input["data"], `data of ${name}`), header), shape)];
  }
  if (input["data"] !== undefined) throw invalid(`${name} has both data and binary_data_size`);
  const bytes = tail.take(asSize(size, `binary_data_size of ${name}`), name);
  return [name, new Tensor(dtype, readBinaryData(bytes, header), shape)];
}

function readOutput(value: JsonValue, isBinaryByDefault: boolean): RequestedOutput {
  const output = asObject(value, "an output");
  const name = asString(output["name"], "name of an output");
  const parameters = parametersOf(output, name);
  const isBinary = asBoolean(parameters["binary_data"] ?? isBinaryByDefault, `binary_data of ${name}`);
  return { name, isBinary, classes: classesOf(parameters, name) };
}

function readOutputs(value: JsonValue | undefined, isBinary: boolean): readonly RequestedOutput[] | undefined {
  const outputs = value === undefined ? [] : asList(value, "outputs").map((output) => readOutput(output, isBinary));
  const names = outputs.map(({ name }) => name);
  requireDistinct(names, "outputs");
  return outputs.length > 0 ? outputs : undefined;
}

/**
 * Reads a request.
 * @param jsonBytes how much of the body is JSON; binary data follows. Undefined: all
 * @throws RelayError REQUEST_INVALID, LIMIT_EXCEEDED
 */
export function readInferRequest(body: Uint8Array, jsonBytes: number = body.length): InferRequest {
  if (jsonBytes > body.length) throw invalid(`the body has ${body.length} bytes; its JSON cannot have ${jsonBytes}`);
  const request = asObject(parseRequest(body.subarray(0, jsonBytes)), "the body");
  const tail = new BinaryTail(body.subarray(jsonBytes));
  const parameters = parametersOf(request, "the request");
  const isBinary = asBoolean(parameters["binary_data_output"] ?? false, "binary_data_output");
  const inputs = asList(request["inputs"], "inputs").map((input) => readInput(input, tail));
  const names = inputs.map(([name]) => name);
  requireDistinct(names, "inputs");
  tail.requireEnd();
  return {
    ...(request["id"] !== undefined && { id: asString(request["id"], "id") }),
    parameters,
    inputs: Object.fromEntries(inputs),
    outputs: readOutputs(request["outputs"], isBinary),
    isBinary,
  };
}
