import { DTYPES, type DType, datatypeOf, dtypeOf, numel, RelayError, Tensor, type TypedArray } from "../core/index.ts";

/** A body of JSON, and tensors as binary data after it. */
export interface Message {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly jsonBytes: number;
}

export type Fields = Readonly<Record<string, unknown>>;

function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}

function describe([name, { dtype, shape, bytes }]: readonly [string, Tensor]): Fields {
  const datatype = datatypeOf(dtype);
  if (datatype) return { name, datatype, shape, parameters: { binary_data_size: bytes.byteLength } };
  throw new RelayError("TENSOR_INVALID", { given: `${name} of dtype ${dtype}`, legal: "tensors that are not complex" });
}

/** A request with all tensors as binary data. @throws RelayError TENSOR_INVALID */
export function writeRequest(inputs: Readonly<Record<string, Tensor>>, more: Fields): Message {
  const entries = Object.entries(inputs);
  const json = new TextEncoder().encode(JSON.stringify({ ...more, inputs: entries.map(describe) }));
  return { body: concat([json, ...entries.map(([, { bytes }]) => bytes)]), jsonBytes: json.byteLength };
}

/** What an answer says wrongly. */
export class Unreadable extends Error {
  override readonly name = "Unreadable";
}

interface Described {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Undefined where the elements are in `data`. */
  readonly binarySize: number | undefined;
  readonly data: unknown;
}

export function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function readDescription(output: Fields): Described {
  const { name, datatype, shape, parameters, data } = output;
  const dtype = dtypeOf(String(datatype));
  if (typeof name !== "string") throw new Unreadable("an output has no name");
  if (datatype === "BYTES")
    throw new Unreadable(`output ${name} is BYTES, which is no number; classes are read by classify`);
  if (!dtype) throw new Unreadable(`output ${name} is ${String(datatype)}, which is no number`);
  if (!Array.isArray(shape) || !shape.every(isSize)) throw new Unreadable(`output ${name} has no shape`);
  const binarySize = (parameters as Fields | undefined)?.["binary_data_size"];
  if (binarySize !== undefined && !isSize(binarySize)) throw new Unreadable(`output ${name} has no size`);
  return { name, dtype, shape, binarySize, data };
}

/** One element of JSON data; JSON has no NaN and infinities, which come as strings. */
function readElement(value: unknown, isLong: boolean): number | bigint {
  if (!isLong) return Number(value);
  if (Number.isSafeInteger(value)) return BigInt(Number(value));
  throw new Unreadable("JSON data with integers beyond 2^53, which this client reads as binary data only");
}

function fromJson({ dtype, data, name }: Described): TypedArray {
  if (!Array.isArray(data) || dtype === "float16" || dtype === "bfloat16") {
    throw new Unreadable(`output ${name} has no data`);
  }
  const { array } = DTYPES[dtype];
  const elements: unknown[] = data.flat(Number.POSITIVE_INFINITY);
  const target: { [index: number]: number | bigint } & TypedArray = new array(elements.length);
  const isLong = dtype === "int64" || dtype === "uint64";
  for (const [i, value] of elements.entries()) target[i] = readElement(value, isLong);
  return target;
}

/** The next bytes of an answer, as a tensor's array. */
type Take = (byteLength: number) => Uint8Array;

function fromBytes({ dtype, shape, name }: Described, bytes: Uint8Array): TypedArray {
  if (bytes.byteLength !== numel(shape) * DTYPES[dtype].bytes) throw new Unreadable(`output ${name} has a wrong size`);
  const aligned = new Uint8Array(bytes);
  return new DTYPES[dtype].array(aligned.buffer, 0, aligned.byteLength / DTYPES[dtype].array.BYTES_PER_ELEMENT);
}

function readOutput(output: Fields, take: Take): [string, Tensor] {
  const described = readDescription(output);
  const { name, dtype, shape, binarySize } = described;
  const data = binarySize === undefined ? fromJson(described) : fromBytes(described, take(binarySize));
  if (data.length !== numel(shape)) throw new Unreadable(`output ${name} has a wrong number of elements`);
  return [name, new Tensor(dtype, data, shape)];
}

/** What the JSON of an answer says of its outputs. @throws Unreadable */
export function outputsIn(json: Uint8Array): readonly Fields[] {
  const { outputs } = JSON.parse(new TextDecoder().decode(json)) as Fields;
  if (!Array.isArray(outputs)) throw new Unreadable("no outputs");
  return outputs as readonly Fields[];
}

/** The tensors of an answer by name. @param jsonBytes how much of it is JSON @throws Unreadable */
export function readResponse(body: Uint8Array, jsonBytes: number = body.byteLength): Record<string, Tensor> {
  const outputs = outputsIn(body.subarray(0, jsonBytes));
  let at = jsonBytes;
  const take: Take = (byteLength) => {
    at += byteLength;
    return body.subarray(at - byteLength, at);
  };
  return Object.fromEntries(outputs.map((output) => readOutput(output, take)));
}
