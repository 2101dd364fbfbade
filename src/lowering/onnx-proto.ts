import type { DeferredBytes, ProtobufFields, ProtobufKind } from "../container/index.ts";

// The part of onnx.proto that lowered models use; tags as in https://github.com/onnx/onnx/blob/main/onnx/onnx.proto

type FieldsOf<T> = Readonly<Record<keyof T, readonly [tag: number, kind: ProtobufKind]>>;

export type StringStringEntry = { readonly key: string; readonly value: string };

const STRING_STRING_ENTRY: FieldsOf<StringStringEntry> = { key: [1, "string"], value: [2, "string"] };

/** `dataLocation` 1 means that `externalData` tells where the bytes are, in place of `rawData`. */
export type TensorProto = {
  readonly dims: readonly number[];
  readonly dataType: number;
  readonly name?: string;
  readonly rawData?: Uint8Array | DeferredBytes;
  readonly externalData?: readonly StringStringEntry[];
  readonly dataLocation?: number;
};

const TENSOR: FieldsOf<TensorProto> = {
  dims: [1, "int64"],
  dataType: [2, "int64"],
  name: [8, "string"],
  rawData: [9, "bytes"],
  externalData: [13, { fields: STRING_STRING_ENTRY }],
  dataLocation: [14, "int64"],
};

export type AttributeProto = {
  readonly name: string;
  readonly f?: number;
  readonly i?: number;
  readonly s?: string;
  readonly g?: GraphProto;
  readonly floats?: readonly number[];
  readonly ints?: readonly number[];
  readonly strings?: readonly string[];
  readonly type: number;
};

/** Graphs hold nodes, whose attributes hold graphs. */
const SUBGRAPH: ProtobufKind = {
  get fields(): ProtobufFields {
    return GRAPH;
  },
};

const ATTRIBUTE: FieldsOf<AttributeProto> = {
  name: [1, "string"],
  f: [2, "float"],
  i: [3, "int64"],
  s: [4, "string"],
  g: [6, SUBGRAPH],
  floats: [7, "float"],
  ints: [8, "int64"],
  strings: [9, "string"],
  type: [20, "int64"],
};

export type NodeProto = {
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly name: string;
  readonly opType: string;
  readonly attribute: readonly AttributeProto[];
};

const NODE: FieldsOf<NodeProto> = {
  input: [1, "string"],
  output: [2, "string"],
  name: [3, "string"],
  opType: [4, "string"],
  attribute: [5, { fields: ATTRIBUTE }],
};

export type DimensionProto = { readonly dimValue?: number; readonly dimParam?: string };

const DIMENSION: FieldsOf<DimensionProto> = { dimValue: [1, "int64"], dimParam: [2, "string"] };

type ShapeProto = { readonly dim: readonly DimensionProto[] };

const SHAPE: FieldsOf<ShapeProto> = { dim: [1, { fields: DIMENSION }] };

type TensorTypeProto = { readonly elemType: number; readonly shape?: ShapeProto };

const TENSOR_TYPE: FieldsOf<TensorTypeProto> = { elemType: [1, "int64"], shape: [2, { fields: SHAPE }] };

type TypeProto = { readonly tensorType: TensorTypeProto };

const TYPE: FieldsOf<TypeProto> = { tensorType: [1, { fields: TENSOR_TYPE }] };

export type ValueInfoProto = { readonly name: string; readonly type: TypeProto };

const VALUE_INFO: FieldsOf<ValueInfoProto> = { name: [1, "string"], type: [2, { fields: TYPE }] };

export type GraphProto = {
  readonly node: readonly NodeProto[];
  readonly name: string;
  readonly initializer?: readonly TensorProto[];
  readonly input: readonly ValueInfoProto[];
  readonly output: readonly ValueInfoProto[];
};

const GRAPH: FieldsOf<GraphProto> = {
  node: [1, { fields: NODE }],
  name: [2, "string"],
  initializer: [5, { fields: TENSOR }],
  input: [11, { fields: VALUE_INFO }],
  output: [12, { fields: VALUE_INFO }],
};

type OperatorSetIdProto = { readonly domain: string; readonly version: number };

const OPERATOR_SET_ID: FieldsOf<OperatorSetIdProto> = { domain: [1, "string"], version: [2, "int64"] };

export type ModelProto = {
  readonly irVersion: number;
  readonly producerName: string;
  readonly producerVersion: string;
  readonly graph: GraphProto;
  readonly opsetImport: readonly OperatorSetIdProto[];
};

const MODEL: FieldsOf<ModelProto> = {
  irVersion: [1, "int64"],
  producerName: [2, "string"],
  producerVersion: [3, "string"],
  graph: [7, { fields: GRAPH }],
  opsetImport: [8, { fields: OPERATOR_SET_ID }],
};

/** The table by which a {@link ModelProto} is encoded. */
export const MODEL_FIELDS: ProtobufFields = MODEL;

/** Protobuf allows no larger message. */
export const MAX_MODEL_BYTES: number = 2 ** 31 - 1;
