/** How a field is laid out on the wire; `float` is 32 bits wide, `double` 64. */
export type ProtobufKind = "int64" | "float" | "double" | "string" | "bytes" | { readonly fields: ProtobufFields };

/** The fields of a message type by name, in the order in which they are written. */
export type ProtobufFields = Readonly<Record<string, readonly [tag: number, kind: ProtobufKind]>>;

/** Bytes that are not read before they are written, so that those of one part at a time are in memory twice. */
export interface DeferredBytes {
  readonly byteLength: number;
  /** Gives exactly `byteLength` bytes. */
  readonly parts: () => Iterable<Uint8Array>;
}

type Scalar = number | bigint | string | Uint8Array | DeferredBytes;

/** A message as plain data; an array is a repeated field, undefined an absent one. */
export type ProtobufMessage = {
  readonly [field: string]: Scalar | ProtobufMessage | readonly (Scalar | ProtobufMessage)[] | undefined;
};

type Item = Scalar | ProtobufMessage;
type Visit = (tag: number, kind: ProtobufKind, item: Item) => void;

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

/** The wire type of each kind that is not length-delimited. */
const WIRE_TYPES: ReadonlyMap<ProtobufKind, number> = new Map([
  ["int64", VARINT],
  ["float", FIXED32],
  ["double", FIXED64],
]);

function visitFields(fields: ProtobufFields, message: ProtobufMessage, visit: Visit): void {
  for (const name in fields) {
    const given = message[name];
    if (given === undefined) continue;
    const [tag, kind] = fields[name] as ProtobufFields[string];
    if (Array.isArray(given)) for (const item of given as readonly Item[]) visit(tag, kind, item);
    else visit(tag, kind, given as Item);
  }
}

function varintLength(value: number | bigint): number {
  if (value < 0) return 10;
  let length = 1;
  if (typeof value === "number") for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) length++;
  else for (let rest = value >> 7n; rest > 0n; rest >>= 7n) length++;
  return length;
}

function keyLength(tag: number): number {
  return tag < 16 ? 1 : varintLength(tag * 8);
}

/** Writes one message into a buffer of exactly its size, so that large byte fields are copied once. */
class MessageEncoder {
  readonly #sizes = new Map<ProtobufMessage, number>();
  #bytes = Buffer.alloc(0);
  #view = new DataView(this.#bytes.buffer);
  #offset = 0;

  encode(fields: ProtobufFields, message: ProtobufMessage): Uint8Array {
    const bytes = new Uint8Array(this.#sizes.get(message) ?? this.measure(fields, message));
    this.#bytes = Buffer.from(bytes.buffer);
    this.#view = new DataView(bytes.buffer);
    this.#offset = 0;
    this.#write(fields, message);
    return bytes;
  }

  measure(fields: ProtobufFields, message: ProtobufMessage): number {
    let size = 0;
    visitFields(fields, message, (tag, kind, item) => {
      size += keyLength(tag) + this.#measureItem(kind, item);
    });
    this.#sizes.set(message, size);
    return size;
  }

  #measureItem(kind: ProtobufKind, item: Item): number {
    if (kind === "int64") return varintLength(item as number | bigint);
    if (kind === "float") return 4;
    if (kind === "double") return 8;
    const length = this.#payloadLength(kind, item);
    return varintLength(length) + length;
  }

  #payloadLength(kind: ProtobufKind, item: Item): number {
    if (typeof item === "string") return Buffer.byteLength(item);
    if (typeof kind === "string") return (item as Uint8Array | DeferredBytes).byteLength;
    const { fields } = kind;
    const message = item as ProtobufMessage;
    return this.#sizes.get(message) ?? this.measure(fields, message);
  }

  #write(fields: ProtobufFields, message: ProtobufMessage): void {
    visitFields(fields, message, (tag, kind, item) => {
      this.#varint(tag * 8 + (WIRE_TYPES.get(kind) ?? LENGTH_DELIMITED));
      this.#writeItem(kind, item);
    });
  }

  #writeItem(kind: ProtobufKind, item: Item): void {
    if (kind === "int64") this.#varint(item as number | bigint);
    else if (kind === "float") this.#float(item as number);
    else if (kind === "double") this.#double(item as number);
    else this.#lengthDelimited(kind, item);
  }

  #float(value: number): void {
    this.#view.setFloat32(this.#offset, value, true);
    this.#offset += 4;
  }

  #double(value: number): void {
    this.#view.setFloat64(this.#offset, value, true);
    this.#offset += 8;
  }

  #lengthDelimited(kind: ProtobufKind, item: Item): void {
    this.#varint(this.#payloadLength(kind, item));
    if (typeof kind === "object") this.#write(kind.fields, item as ProtobufMessage);
    else if (typeof item === "string") this.#offset += this.#bytes.write(item, this.#offset);
    else for (const part of item instanceof Uint8Array ? [item] : (item as DeferredBytes).parts()) this.#raw(part);
  }

  #raw(bytes: Uint8Array): void {
    this.#bytes.set(bytes, this.#offset);
    this.#offset += bytes.byteLength;
  }

  #varint(value: number | bigint): void {
    if (typeof value === "number" && value >= 0) {
      let rest = value;
      for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.#bytes[this.#offset++] = (rest % 0x80) | 0x80;
      this.#bytes[this.#offset++] = rest;
      return;
    }
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest > 0x7fn; rest >>= 7n) this.#bytes[this.#offset++] = Number(rest & 0x7fn) | 0x80;
    this.#bytes[this.#offset++] = Number(rest);
  }
}

/** A message of which it is known how long it will be. */
export interface MeasuredProtobuf {
  readonly byteLength: number;
  readonly encode: () => Uint8Array;
}

/** Finds out how many bytes a message takes; reads no deferred bytes. */
export function measureProtobuf(fields: ProtobufFields, message: ProtobufMessage): MeasuredProtobuf {
  const encoder = new MessageEncoder();
  return { byteLength: encoder.measure(fields, message), encode: () => encoder.encode(fields, message) };
}

/** Encodes plain data by a table of fields, as the protobuf wire format lays it out. */
export function encodeProtobuf(fields: ProtobufFields, message: ProtobufMessage): Uint8Array {
  return measureProtobuf(fields, message).encode();
}
