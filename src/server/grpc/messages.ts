import type { ProtobufFields } from "../../container/index.ts";

/** A repeated field of entries, as protobuf lays out a map. */
function mapOf(value: ProtobufFields): { readonly fields: ProtobufFields } {
  return { fields: { key: [1, "string"], value: [2, { fields: value }] } };
}

/** A parameter is one of these; one that is a double is read as having no value. */
const PARAMETER: ProtobufFields = {
  bool_param: [1, "int64"],
  int64_param: [2, "int64"],
  string_param: [3, "string"],
  uint64_param: [5, "int64"],
};

/** Packed floats are read as their bytes, which are those of the tensor. */
const CONTENTS: ProtobufFields = {
  bool_contents: [1, "int64"],
  int_contents: [2, "int64"],
  int64_contents: [3, "int64"],
  uint_contents: [4, "int64"],
  uint64_contents: [5, "int64"],
  fp32_contents: [6, "bytes"],
  fp64_contents: [7, "bytes"],
  bytes_contents: [8, "bytes"],
};

const TENSOR: ProtobufFields = { name: [1, "string"], datatype: [2, "string"], shape: [3, "int64"] };

type MessageName =
  | "Empty"
  | "ServerLiveResponse"
  | "ReadyResponse"
  | "ServerMetadataResponse"
  | "ModelRequest"
  | "ModelMetadataResponse"
  | "ModelInferRequest"
  | "ModelInferResponse"
  | "HealthCheckRequest"
  | "HealthCheckResponse";

/** The messages of the Open Inference Protocol and of the standard health service that the server takes or gives. */
export const MESSAGES: Readonly<Record<MessageName, ProtobufFields>> = {
  Empty: {},
  ServerLiveResponse: { live: [1, "int64"] },
  ReadyResponse: { ready: [1, "int64"] },
  ServerMetadataResponse: { name: [1, "string"], version: [2, "string"], extensions: [3, "string"] },
  ModelRequest: { name: [1, "string"], version: [2, "string"] },
  ModelMetadataResponse: {
    name: [1, "string"],
    versions: [2, "string"],
    platform: [3, "string"],
    inputs: [4, { fields: TENSOR }],
    outputs: [5, { fields: TENSOR }],
  },
  ModelInferRequest: {
    model_name: [1, "string"],
    model_version: [2, "string"],
    id: [3, "string"],
    parameters: [4, mapOf(PARAMETER)],
    inputs: [5, { fields: { ...TENSOR, parameters: [4, mapOf(PARAMETER)], contents: [5, { fields: CONTENTS }] } }],
    outputs: [6, { fields: { name: [1, "string"], parameters: [2, mapOf(PARAMETER)] } }],
    raw_input_contents: [7, "bytes"],
  },
  ModelInferResponse: {
    model_name: [1, "string"],
    model_version: [2, "string"],
    id: [3, "string"],
    outputs: [5, { fields: TENSOR }],
    raw_output_contents: [6, "bytes"],
  },
  HealthCheckRequest: { service: [1, "string"] },
  HealthCheckResponse: { status: [1, "int64"] },
};
