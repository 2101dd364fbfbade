import { LIMITS, type Limits } from "../core/index.ts";
import { ByteReader, OutOfBoundsError } from "../util/index.ts";
import type { ProtobufFields, ProtobufKind } from "./protobuf-writer.ts";
import { checkLimit, corrupt } from "./refusals.ts";

type Item = number | bigint | string | Uint8Array | ProtobufRecord;

/** A decoded message: of each known field all its occurrences. What the fields' table does not name was skipped. */
export class ProtobufRecord {
  readonly #file: string;
  readonly #items: Readonly<Record<string, readonly Item[]>>;

  constructor(file: string, items: Readonly<Record<string, readonly Item[]>>) {
    this.#file = file;
    this.#items = items;
  }

  /** The messages in all fields. */
  children(): readonly ProtobufRecord[] {
    return Object.keys(this.#items).flatMap((field) => this.records(field));
  }

  /** Every message in a field, repeated or not. */
  records(field: string): readonly ProtobufRecord[] {
    return this.#all(field).filter((item) => item instanceof ProtobufRecord);
  }

  record(field: string): ProtobufRecord | undefined {
    const item = this.#one(field);
    return item instanceof ProtobufRecord ? item : undefined;
  }

  /** The number in a field that is a double. */
  double(field: string): number | undefined {
    const item = this.#one(field);
    return typeof item === "number" ? item : undefined;
  }

  /** Beyond 2^53 a bigint. */
  integer(field: string): number | bigint | undefined {
    const item = this.#one(field);
    return typeof item === "number" || typeof item === "bigint" ? item : undefined;
  }

  /** Every integer in a field, repeated or not. */
  integers(field: string): readonly (number | bigint)[] {
    return this.#all(field).filter((item) => typeof item === "number" || typeof item === "bigint");
  }

  /** The bytes of every occurrence of a field; not a copy. */
  bytes(field: string): readonly Uint8Array[] {
    return this.#all(field).filter((item) => item instanceof Uint8Array);
  }

  text(field: string): string | undefined {
    const item = this.#one(field);
    return typeof item === "string" ? item : undefined;
  }

  /** Every text in a field, repeated or not. */
  texts(field: string): readonly string[] {
    return this.#all(field).filter((item) => typeof item === "string");
  }

  #all(field: string): readonly Item[] {
    return this.#items[field] ?? [];
  }

  /** Other parsers merge or drop what occurs twice, so that what is checked here could differ from what runs. */
  #one(field: string): Item | undefined {
    const [item, ...more] = this.#all(field);
    if (more.length > 0) throw corrupt(this.#file, `its field ${field} occurs twice in one message`);
    return item;
  }
}

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;
const MAX_VARINT_BYTES = 10;
const MAX_KEY = 2 ** 32 - 1;

/** How many bytes a value of each wire type takes, in front of which a length may stand. */
const SKIPS: ReadonlyMap<number, (reader: ByteReader) => void> = new Map([
  [VARINT, (reader) => void readVarint(reader)],
  [FIXED64, (reader) => reader.skip(8)],
  [LENGTH_DELIMITED, (reader) => void takePayload(reader)],
  [FIXED32, (reader) => reader.skip(4)],
]);

function readVarint(reader: ByteReader): bigint {
  return readLongVarint(reader, reader.uint8());
}

/** @param first byte of the number, which has been read */
function readLongVarint(reader: ByteReader, first: number): bigint {
  let value = BigInt(first & 0x7f);
  if (first < 0x80) return value;
  for (let i = 1; i < MAX_VARINT_BYTES; i++) {
    const byte = reader.uint8();
    value |= BigInt(byte & 0x7f) << BigInt(7 * i);
    if (byte < 0x80) return BigInt.asUintN(64, value);
  }
  throw new OutOfBoundsError(reader.offset, 1, reader.offset);
}

function readInteger(reader: ByteReader): number | bigint {
  const first = reader.uint8();
  if (first < 0x80) return first;
  const value = BigInt.asIntN(64, readLongVarint(reader, first));
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

function takePayload(reader: ByteReader): Uint8Array {
  return reader.take(Number(readVarint(reader)));
}

type Known = readonly [name: string, kind: ProtobufKind];

class MessageDecoder {
  readonly #file: string;
  readonly #limits: Limits;
  readonly #tables = new Map<ProtobufFields, ReadonlyMap<number, Known>>();
  #count = 0;
  #integers = 0;

  constructor(file: string, limits: Limits) {
    this.#file = file;
    this.#limits = limits;
  }

  decode(bytes: Uint8Array, fields: ProtobufFields, depth: number): ProtobufRecord {
    checkLimit(this.#file, "the depth of its messages", depth, "nesting", this.#limits);
    checkLimit(this.#file, "the number of its messages", ++this.#count, "protobufMessages", this.#limits);
    const known = this.#table(fields);
    const items: Record<string, Item[]> = {};
    const reader = new ByteReader(bytes);
    while (reader.remaining > 0) {
      const key = Number(readVarint(reader));
      const field = known.get(Math.floor(key / 8));
      const wire = key % 8;
      if (key > MAX_KEY) throw corrupt(this.#file, "a field of its messages has an illegal number");
      if (field) this.#read(reader, wire, field, items, depth);
      else this.#skip(reader, wire);
    }
    return new ProtobufRecord(this.#file, items);
  }

  #table(fields: ProtobufFields): ReadonlyMap<number, Known> {
    const known = this.#tables.get(fields);
    if (known) return known;
    const table = new Map(Object.entries(fields).map(([name, [tag, kind]]): [number, Known] => [tag, [name, kind]]));
    this.#tables.set(fields, table);
    return table;
  }

  #read(reader: ByteReader, wire: number, [name, kind]: Known, items: Record<string, Item[]>, depth: number): void {
    const found = items[name] ?? [];
    items[name] = found;
    if (kind === "int64" && wire === VARINT) found.push(this.#integer(reader));
    else if (kind === "double" && wire === FIXED64) found.push(reader.float64());
    else if (kind === "int64" && wire === LENGTH_DELIMITED) this.#unpack(takePayload(reader), found);
    else if (kind !== "float" && kind !== "double" && wire === LENGTH_DELIMITED)
      found.push(this.#payload(takePayload(reader), kind, depth));
    else throw corrupt(this.#file, `its field ${name} has another type`);
  }

  #integer(reader: ByteReader): number | bigint {
    checkLimit(this.#file, "the number of its integers", ++this.#integers, "protobufIntegers", this.#limits);
    return readInteger(reader);
  }

  /** Repeated integers, packed into one field. */
  #unpack(bytes: Uint8Array, into: Item[]): void {
    const reader = new ByteReader(bytes);
    while (reader.remaining > 0) into.push(this.#integer(reader));
  }

  #payload(bytes: Uint8Array, kind: Exclude<ProtobufKind, "float" | "double">, depth: number): Item {
    if (typeof kind === "object") return this.decode(bytes, kind.fields, depth + 1);
    if (kind === "bytes") return bytes;
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  }

  #skip(reader: ByteReader, wire: number): void {
    const skip = SKIPS.get(wire);
    if (!skip) throw corrupt(this.#file, `a field of its messages has the wire type ${wire}`);
    skip(reader);
  }
}

/**
 * Decodes a message by a table of the fields that are wanted; `float` fields cannot be.
 * @throws RelayError FILE_CORRUPT, LIMIT_EXCEEDED
 */
export function decodeProtobuf(
  bytes: Uint8Array,
  fields: ProtobufFields,
  file: string,
  limits: Limits = LIMITS,
): ProtobufRecord {
  try {
    return new MessageDecoder(file, limits).decode(bytes, fields, 0);
  } catch (cause) {
    if (cause instanceof OutOfBoundsError) throw corrupt(file, "one of its messages is cut short", cause);
    throw cause;
  }
}
