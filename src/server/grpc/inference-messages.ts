import { later, type MessageType, many, mapOf, one, oneOf, typesOf } from "./message-type.ts";

const type = typesOf("inference");

const PARAMETER = type(
  "InferParameter",
  oneOf("parameter_choice", {
    bool_param: [1, "bool"],
    int64_param: [2, "int64"],
    string_param: [3, "string"],
    double_param: [4, "double"],
    uint64_param: [5, "uint64"],
  }),
);

/** The elements of a tensor, by their type. */
export const TENSOR_CONTENTS: MessageType = type("InferTensorContents", {
  bool_contents: many(1, "bool"),
  int_contents: many(2, "int32"),
  int64_contents: many(3, "int64"),
  uint_contents: many(4, "uint32"),
  uint64_contents: many(5, "uint64"),
  fp32_contents: many(6, "float"),
  fp64_contents: many(7, "double"),
  bytes_contents: many(8, "bytes"),
});

const TENSOR = { name: one(1, "string"), datatype: one(2, "string"), shape: many(3, "int64") } as const;

/** A tensor of a request or of an answer. */
const FULL_TENSOR = { ...TENSOR, parameters: mapOf(4, PARAMETER), contents: later(5, TENSOR_CONTENTS) } as const;

const TENSOR_METADATA = type("ModelMetadataResponse.TensorMetadata", TENSOR);

const MODEL = { name: one(1, "string"), version: one(2, "string") } as const;

export const SERVER_LIVE_REQUEST: MessageType = type("ServerLiveRequest");
export const SERVER_LIVE_RESPONSE: MessageType = type("ServerLiveResponse", { live: one(1, "bool") });
export const SERVER_READY_REQUEST: MessageType = type("ServerReadyRequest");
export const SERVER_READY_RESPONSE: MessageType = type("ServerReadyResponse", { ready: one(1, "bool") });
export const MODEL_READY_REQUEST: MessageType = type("ModelReadyRequest", MODEL);
export const MODEL_READY_RESPONSE: MessageType = type("ModelReadyResponse", { ready: one(1, "bool") });
export const SERVER_METADATA_REQUEST: MessageType = type("ServerMetadataRequest");
export const MODEL_METADATA_REQUEST: MessageType = type("ModelMetadataRequest", MODEL);

export const SERVER_METADATA_RESPONSE: MessageType = type("ServerMetadataResponse", {
  name: one(1, "string"),
  version: one(2, "string"),
  extensions: many(3, "string"),
});

export const MODEL_METADATA_RESPONSE: MessageType = type("ModelMetadataResponse", {
  name: one(1, "string"),
  versions: many(2, "string"),
  platform: one(3, "string"),
  inputs: many(4, TENSOR_METADATA),
  outputs: many(5, TENSOR_METADATA),
});

/** What requests and answers begin with. */
const INFER_HEAD = {
  model_name: one(1, "string"),
  model_version: one(2, "string"),
  id: one(3, "string"),
  parameters: mapOf(4, PARAMETER),
} as const;

export const MODEL_INFER_REQUEST: MessageType = type("ModelInferRequest", {
  ...INFER_HEAD,
  inputs: many(5, type("ModelInferRequest.InferInputTensor", FULL_TENSOR)),
  outputs: many(
    6,
    type("ModelInferRequest.InferRequestedOutputTensor", { name: one(1, "string"), parameters: mapOf(2, PARAMETER) }),
  ),
  raw_input_contents: many(7, "bytes"),
});

export const MODEL_INFER_RESPONSE: MessageType = type("ModelInferResponse", {
  ...INFER_HEAD,
  outputs: many(5, type("ModelInferResponse.InferOutputTensor", FULL_TENSOR)),
  raw_output_contents: many(6, "bytes"),
});

export const MODEL_STREAM_INFER_RESPONSE: MessageType = type("ModelStreamInferResponse", {
  error_message: one(1, "string"),
  infer_response: one(2, MODEL_INFER_RESPONSE),
});
