import type { ProtobufRecord } from "../../container/index.ts";
import { type DType, datatypeOf, Tensor, type TypedArray } from "../../core/index.ts";
import { readBinaryData } from "../binary-data.ts";
import { invalid } from "../invalid.ts";
import { readJsonData } from "../json-data.ts";
import type { TensorHeader } from "../tensor-header.ts";

type Read = (contents: ProtobufRecord, header: TensorHeader) => TypedArray;

/** Typed contents of one kind. */
interface Contents {
  readonly field: string;
  readonly read: Read;
}

/** @param value what an element is, given the 64 bits of it as a signed integer */
function integers(field: string, value = (bits: number | bigint): number | bigint => bits): Contents {
  return { field, read: (contents, header) => readJsonData(contents.integers(field).map(value), header) };
}

function floats(field: string): Contents {
  return { field, read: (contents, header) => readBinaryData(Buffer.concat(contents.bytes(field)), header) };
}

const bools = integers("bool_contents");
const ints = integers("int_contents");
const uints = integers("uint_contents");

/** The field that holds the elements of each dtype; 16-bit floats have none. */
const CONTENTS: Readonly<Partial<Record<DType, Contents>>> = {
  bool: bools,
  int8: ints,
  int16: ints,
  int32: ints,
  int64: integers("int64_contents"),
  uint8: uints,
  uint16: uints,
  uint32: uints,
  uint64: integers("uint64_contents", (bits) => BigInt.asUintN(64, BigInt(bits))),
  float32: floats("fp32_contents"),
  float64: floats("fp64_contents"),
};

/** The tensor whose elements are in a field of their type. @throws RelayError REQUEST_INVALID */
export function readTypedTensor(contents: ProtobufRecord | undefined, header: TensorHeader): Tensor {
  const { name, dtype, shape } = header;
  const known = CONTENTS[dtype];
  if (!known) throw invalid(`${name} is ${datatypeOf(dtype)}, which is sent in raw_input_contents only`);
  if (!contents) throw invalid(`${name} has neither contents nor raw_input_contents`);
  return new Tensor(dtype, known.read(contents, header), shape);
}

/** The tensor whose bytes are given, little-endian and row-major. @throws RelayError REQUEST_INVALID */
export function readRawTensor(bytes: Uint8Array, header: TensorHeader): Tensor {
  return new Tensor(header.dtype, readBinaryData(bytes, header), header.shape);
}
