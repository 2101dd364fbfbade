import { encodeProtobuf, type ProtobufMessage } from "../../container/index.ts";
import { type Field, type FieldType, isMessageType, type MessageType } from "./message-type.ts";

type WireValue = ProtobufMessage[string];
type WireItem = Exclude<WireValue, undefined | readonly unknown[]>;

function wireItem(type: FieldType, item: unknown): WireItem {
  if (typeof type === "string") return typeof item === "boolean" ? Number(item) : (item as WireItem);
  return isMessageType(type) ? wireMessage(type, item as object) : (type.values[item as string] ?? 0);
}

function wireValue({ type, label }: Field, value: unknown): WireValue {
  if (value === undefined) return undefined;
  if (label === "many") return (value as readonly unknown[]).map((item) => wireItem(type, item));
  if (label === "one") return wireItem(type, value);
  return Object.entries(value as object).map(([key, entry]) => ({ key, value: wireItem(type, entry) }));
}

function wireMessage({ fields }: MessageType, message: object): ProtobufMessage {
  const values = message as Readonly<Record<string, unknown>>;
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, wireValue(field, values[name])]));
}

/**
 * The bytes of a message.
 * @param message as protobuf's JSON form has it: booleans, enums by name, maps as objects; but bytes are bytes, and fields
 * that its type does not have are left out
 */
export function encodeMessage(type: MessageType, message: object): Buffer {
  const { buffer, byteOffset, byteLength } = encodeProtobuf(type.layout, wireMessage(type, message));
  return Buffer.from(buffer, byteOffset, byteLength);
}
