import { encodeProtobuf, type ProtobufFields, type ProtobufMessage } from "../../container/index.ts";
import {
  type EnumType,
  type Field,
  type FieldType,
  isMessageType,
  type MessageType,
  type ScalarType,
} from "./message-type.ts";
import type { Method, Service } from "./service.ts";

// The messages of google/protobuf/descriptor.proto, as far as they are needed.

const ENUM_LAYOUT: ProtobufFields = {
  name: [1, "string"],
  value: [2, { fields: { name: [1, "string"], number: [2, "int64"] } }],
};

const FIELD_LAYOUT: ProtobufFields = {
  name: [1, "string"],
  number: [3, "int64"],
  label: [4, "int64"],
  type: [5, "int64"],
  type_name: [6, "string"],
  oneof_index: [9, "int64"],
};

const MESSAGE_LAYOUT: ProtobufFields = {
  name: [1, "string"],
  field: [2, { fields: FIELD_LAYOUT }],
  get nested_type(): ProtobufFields[string] {
    return [3, { fields: MESSAGE_LAYOUT }];
  },
  enum_type: [4, { fields: ENUM_LAYOUT }],
  options: [7, { fields: { map_entry: [7, "int64"] } }],
  oneof_decl: [8, { fields: { name: [1, "string"] } }],
};

const METHOD_LAYOUT: ProtobufFields = {
  name: [1, "string"],
  input_type: [2, "string"],
  output_type: [3, "string"],
  client_streaming: [5, "int64"],
  server_streaming: [6, "int64"],
};

const FILE_LAYOUT: ProtobufFields = {
  name: [1, "string"],
  package: [2, "string"],
  message_type: [4, { fields: MESSAGE_LAYOUT }],
  enum_type: [5, { fields: ENUM_LAYOUT }],
  service: [6, { fields: { name: [1, "string"], method: [2, { fields: METHOD_LAYOUT }] } }],
  syntax: [12, "string"],
};

const TYPE_NUMBERS: Readonly<Record<ScalarType, number>> = {
  double: 1,
  float: 2,
  int64: 3,
  uint64: 4,
  int32: 5,
  bool: 8,
  string: 9,
  bytes: 12,
  uint32: 13,
};
const TYPE_MESSAGE = 11;
const TYPE_ENUM = 14;
const OPTIONAL = 1;
const REPEATED = 3;

type NamedType = EnumType | MessageType;

function isEnumType(type: NamedType): type is EnumType {
  return !isMessageType(type);
}

function fullName({ package: packageName, name }: NamedType | Service): string {
  return `${packageName}.${name}`;
}

/** `inputs_of` gives `InputsOf`, as protobuf names the entries of maps. */
function entryName(field: string): string {
  return `${field.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase())}Entry`;
}

function typeOf(type: FieldType): ProtobufMessage {
  if (typeof type === "string") return { type: TYPE_NUMBERS[type] };
  return { type: isMessageType(type) ? TYPE_MESSAGE : TYPE_ENUM, type_name: `.${fullName(type)}` };
}

function oneofsOf({ fields }: MessageType): readonly string[] {
  return [...new Set(Object.values(fields).flatMap(({ oneof }) => oneof ?? []))];
}

function describeField(owner: MessageType, [name, { tag, type, label, oneof }]: [string, Field]): ProtobufMessage {
  const entry = { type: TYPE_MESSAGE, type_name: `.${fullName(owner)}.${entryName(name)}` };
  return {
    name,
    number: tag,
    label: label === "one" ? OPTIONAL : REPEATED,
    ...(label === "map" ? entry : typeOf(type)),
    ...(oneof !== undefined && { oneof_index: oneofsOf(owner).indexOf(oneof) }),
  };
}

function describeMapEntry(field: string, value: FieldType): ProtobufMessage {
  return {
    name: entryName(field),
    field: [
      { name: "key", number: 1, label: OPTIONAL, ...typeOf("string") },
      { name: "value", number: 2, label: OPTIONAL, ...typeOf(value) },
    ],
    options: { map_entry: 1 },
  };
}

function describeEnum({ name, values }: EnumType): ProtobufMessage {
  const entries = Object.entries(values).map(([value, number]) => ({ name: value, number }));
  return { name: lastPart(name), value: entries };
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1);
}

/** The types within `owner`, or within no message. */
function within(types: readonly NamedType[], owner: string | undefined): readonly NamedType[] {
  const prefix = owner === undefined ? "" : `${owner}.`;
  return types.filter(({ name }) => name === prefix + lastPart(name));
}

function describeMessage(type: MessageType, types: readonly NamedType[]): ProtobufMessage {
  const fields = Object.entries(type.fields);
  const inside = within(types, type.name);
  return {
    name: lastPart(type.name),
    field: fields.map((field) => describeField(type, field)),
    nested_type: [
      ...inside.filter(isMessageType).map((nested) => describeMessage(nested, types)),
      ...fields.filter(([, { label }]) => label === "map").map(([name, { type }]) => describeMapEntry(name, type)),
    ],
    enum_type: inside.filter(isEnumType).map(describeEnum),
    oneof_decl: oneofsOf(type).map((name) => ({ name })),
  };
}

function describeMethod({ name, request, response, kind }: Method): ProtobufMessage {
  return {
    name,
    input_type: `.${fullName(request)}`,
    output_type: `.${fullName(response)}`,
    client_streaming: Number(kind === "each"),
    server_streaming: Number(kind !== "unary"),
  };
}

/** Adds a type, and those of its fields, each once. */
function gather(type: FieldType, into: Map<string, NamedType>): void {
  if (typeof type === "string" || into.has(fullName(type))) return;
  into.set(fullName(type), type);
  if (isMessageType(type)) for (const field of Object.values(type.fields)) gather(field.type, into);
}

/** A file of a protobuf package, as reflection gives it. */
export interface DescribedFile {
  readonly name: string;
  /** A FileDescriptorProto. */
  readonly bytes: Uint8Array;
  /** Full names of what it defines: services, methods, messages, enums. */
  readonly symbols: ReadonlySet<string>;
}

/** Describes a service with all types that it needs. */
export function describeService(service: Service): DescribedFile {
  const { package: packageName, methods } = service;
  const gathered = new Map<string, NamedType>();
  for (const { request, response } of methods) for (const type of [request, response]) gather(type, gathered);
  const types = [...gathered.values()];
  const top = within(types, undefined);
  const name = `${packageName.replaceAll(".", "/")}.proto`;
  const file: ProtobufMessage = {
    name,
    package: packageName,
    message_type: top.filter(isMessageType).map((type) => describeMessage(type, types)),
    enum_type: top.filter(isEnumType).map(describeEnum),
    service: [{ name: service.name, method: methods.map(describeMethod) }],
    syntax: "proto3",
  };
  const ofService = [fullName(service), ...methods.map((method) => `${fullName(service)}.${method.name}`)];
  return { name, bytes: encodeProtobuf(FILE_LAYOUT, file), symbols: new Set([...ofService, ...gathered.keys()]) };
}
