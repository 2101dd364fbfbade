import { required } from "../../src/util/index.ts";

type Fields = ReadonlyMap<number, readonly (number | bigint | Uint8Array)[]>;

/** Reads protobuf's wire format; integers beyond 2^53 are bigint. */
class WireReader {
  readonly #bytes: Uint8Array;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  #varint(): number | bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = required(this.#bytes[this.#offset++], "a byte");
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) break;
    }
    const signed = BigInt.asIntN(64, value);
    return Number.isSafeInteger(Number(signed)) ? Number(signed) : signed;
  }

  #take(length: number): Uint8Array {
    this.#offset += length;
    return this.#bytes.subarray(this.#offset - length, this.#offset);
  }

  fields(): Fields {
    const fields = new Map<number, (number | bigint | Uint8Array)[]>();
    while (this.#offset < this.#bytes.length) {
      const key = Number(this.#varint());
      const wire = key & 7;
      const value = wire === 0 ? this.#varint() : this.#take(wire === 5 ? 4 : Number(this.#varint()));
      fields.set(key >> 3, [...(fields.get(key >> 3) ?? []), value]);
    }
    return fields;
  }
}

/** The fields of a message by tag, in the order of the bytes. */
export function decodeFields(bytes: Uint8Array): Fields {
  return new WireReader(bytes).fields();
}

function messages(fields: Fields, tag: number): readonly Fields[] {
  return (fields.get(tag) ?? []).map((bytes) => decodeFields(bytes as Uint8Array));
}

function texts(fields: Fields, tag: number): readonly string[] {
  return (fields.get(tag) ?? []).map((bytes) => Buffer.from(bytes as Uint8Array).toString());
}

export interface OnnxNode {
  readonly op: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

export interface OnnxInitializer {
  readonly name: string;
  readonly dims: readonly number[];
  /** `location`, `offset` and `length` of external data; empty when the model holds the bytes. */
  readonly external: Readonly<Record<string, string>>;
  readonly rawBytes: number;
}

export interface OnnxModel {
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxInitializer[];
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

function toInitializer(tensor: Fields): OnnxInitializer {
  const entries = messages(tensor, 13).map((entry) => [texts(entry, 1)[0] ?? "", texts(entry, 2)[0] ?? ""]);
  const [raw] = tensor.get(9) ?? [];
  return {
    name: texts(tensor, 8)[0] ?? "",
    dims: (tensor.get(1) ?? []).map(Number),
    external: Object.fromEntries(entries),
    rawBytes: raw instanceof Uint8Array ? raw.byteLength : 0,
  };
}

/** `x: [s0, 3]` of a ValueInfoProto. */
function signature(info: Fields): string {
  const tensor = messages(info, 2).flatMap((type) => messages(type, 1));
  const shape = tensor.flatMap((type) => messages(type, 2)).flatMap((dims) => messages(dims, 1));
  const dims = shape.map((dim) => dim.get(1)?.[0] ?? texts(dim, 2)[0]);
  return `${texts(info, 1)[0]}: [${dims.join(", ")}]`;
}

/** What tests look at in a serialized ONNX model. */
export function decodeModel(bytes: Uint8Array): OnnxModel {
  const [graph] = messages(decodeFields(bytes), 7);
  const fields = required(graph, "a graph");
  return {
    nodes: messages(fields, 1).map((node) => ({
      op: texts(node, 4)[0] ?? "",
      name: texts(node, 3)[0] ?? "",
      inputs: texts(node, 1),
      outputs: texts(node, 2),
    })),
    initializers: messages(fields, 5).map(toInitializer),
    inputs: messages(fields, 11).map(signature),
    outputs: messages(fields, 12).map(signature),
  };
}
