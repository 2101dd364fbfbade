import type { ProtobufFields, ProtobufKind } from "../../container/index.ts";

// What is read of a ModelProto; tags as in https://github.com/onnx/onnx/blob/main/onnx/onnx.proto

const STRING_STRING_ENTRY: ProtobufFields = { key: [1, "string"], value: [2, "string"] };

const TENSOR: ProtobufFields = {
  dims: [1, "int64"],
  dataType: [2, "int64"],
  name: [8, "string"],
  externalData: [13, { fields: STRING_STRING_ENTRY }],
  dataLocation: [14, "int64"],
};

const SPARSE_TENSOR: ProtobufFields = { values: [1, { fields: TENSOR }], indices: [2, { fields: TENSOR }] };

/** Graphs hold nodes, whose attributes hold graphs. */
const SUBGRAPH: ProtobufKind = {
  get fields(): ProtobufFields {
    return GRAPH;
  },
};

const ATTRIBUTE: ProtobufFields = {
  t: [5, { fields: TENSOR }],
  g: [6, SUBGRAPH],
  tensors: [10, { fields: TENSOR }],
  graphs: [11, SUBGRAPH],
  sparseTensor: [22, { fields: SPARSE_TENSOR }],
  sparseTensors: [23, { fields: SPARSE_TENSOR }],
};

const NODE: ProtobufFields = {
  input: [1, "string"],
  opType: [4, "string"],
  attribute: [5, { fields: ATTRIBUTE }],
};

const DIMENSION: ProtobufFields = { dimValue: [1, "int64"], dimParam: [2, "string"] };
const SHAPE: ProtobufFields = { dim: [1, { fields: DIMENSION }] };
const TENSOR_TYPE: ProtobufFields = { elemType: [1, "int64"], shape: [2, { fields: SHAPE }] };
const TYPE: ProtobufFields = { tensorType: [1, { fields: TENSOR_TYPE }] };
const VALUE_INFO: ProtobufFields = { name: [1, "string"], type: [2, { fields: TYPE }] };

const GRAPH: ProtobufFields = {
  node: [1, { fields: NODE }],
  initializer: [5, { fields: TENSOR }],
  input: [11, { fields: VALUE_INFO }],
  output: [12, { fields: VALUE_INFO }],
  sparseInitializer: [15, { fields: SPARSE_TENSOR }],
};

const OPERATOR_SET_ID: ProtobufFields = { domain: [1, "string"], version: [2, "int64"] };
const TRAINING_INFO: ProtobufFields = { initialization: [1, SUBGRAPH], algorithm: [2, SUBGRAPH] };
const FUNCTION: ProtobufFields = { node: [7, { fields: NODE }], attributeProto: [11, { fields: ATTRIBUTE }] };

/** All that is wanted of a model: its graph's interface, what its nodes read, and every tensor, wherever one may be. */
export const MODEL: ProtobufFields = {
  graph: [7, { fields: GRAPH }],
  opsetImport: [8, { fields: OPERATOR_SET_ID }],
  trainingInfo: [20, { fields: TRAINING_INFO }],
  functions: [25, { fields: FUNCTION }],
};
