import type { ProtobufFields, ProtobufKind } from "../../container/index.ts";

/** Types of values that are not messages, by protobuf's names. */
export type ScalarType = "bool" | "int32" | "int64" | "uint32" | "uint64" | "float" | "double" | "string" | "bytes";

export interface EnumType {
  readonly package: string;
  /** Within the package; dots: it belongs to a message. */
  readonly name: string;
  readonly values: Readonly<Record<string, number>>;
}

/** A type of message, from which its bytes are read and written, and of which reflection tells. */
export interface MessageType {
  readonly package: string;
  /** Within the package; dots: it belongs to another message. */
  readonly name: string;
  readonly fields: Readonly<Record<string, Field>>;
  readonly layout: ProtobufFields;
  /** The layout by which a request is read at first: what is to be read later is left as bytes. */
  readonly firstLayout: ProtobufFields;
}

export type FieldType = ScalarType | EnumType | MessageType;

export interface Field {
  readonly tag: number;
  readonly type: FieldType;
  /** Maps have texts as keys. */
  readonly label: "one" | "many" | "map";
  /** Fields with the same name here exclude each other. */
  readonly oneof?: string;
  /** A message that may be large, so that it is not read before it is known where. */
  readonly isLater?: true;
}

export function one(tag: number, type: FieldType): Field {
  return { tag, type, label: "one" };
}

export function later(tag: number, type: MessageType): Field {
  return { tag, type, label: "one", isLater: true };
}

export function many(tag: number, type: FieldType): Field {
  return { tag, type, label: "many" };
}

export function mapOf(tag: number, type: FieldType): Field {
  return { tag, type, label: "map" };
}

/** Fields that exclude each other. */
export function oneOf(
  oneof: string,
  fields: Readonly<Record<string, readonly [tag: number, type: FieldType]>>,
): Readonly<Record<string, Field>> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, [tag, type]]): [string, Field] => [name, { tag, type, label: "one", oneof }]),
  );
}

export function isMessageType(type: FieldType): type is MessageType {
  return typeof type === "object" && "fields" in type;
}

/** Integers are all read and written alike; repeated floats are one piece of bytes, which are those of a tensor. */
const KINDS: Readonly<Record<ScalarType, readonly [one: ProtobufKind, many: ProtobufKind]>> = {
  bool: ["int64", "int64"],
  int32: ["int64", "int64"],
  int64: ["int64", "int64"],
  uint32: ["int64", "int64"],
  uint64: ["int64", "int64"],
  float: ["float", "bytes"],
  double: ["double", "bytes"],
  string: ["string", "string"],
  bytes: ["bytes", "bytes"],
};

type Layout = "layout" | "firstLayout";

function kindOf({ type, label, isLater }: Field, layout: Layout): ProtobufKind {
  if (typeof type === "string") return KINDS[type][label === "many" ? 1 : 0];
  if (!isMessageType(type)) return "int64";
  return isLater && layout === "firstLayout" ? "bytes" : { fields: type[layout] };
}

function layoutOf(fields: MessageType["fields"], layout: Layout): ProtobufFields {
  const entries = Object.entries(fields).map(([name, field]): [string, ProtobufFields[string]] => {
    const kind = kindOf(field, layout);
    return [name, [field.tag, field.label === "map" ? { fields: { key: [1, "string"], value: [2, kind] } } : kind]];
  });
  return Object.fromEntries(entries);
}

/** @returns what makes the message types of a package */
export function typesOf(packageName: string): (name: string, fields?: MessageType["fields"]) => MessageType {
  return (name, fields = {}) => ({
    package: packageName,
    name,
    fields,
    layout: layoutOf(fields, "layout"),
    firstLayout: layoutOf(fields, "firstLayout"),
  });
}
