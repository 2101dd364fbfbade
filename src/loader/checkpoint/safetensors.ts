import { isUtf8 } from "node:buffer";
import { type ByteSource, type JsonObject, type JsonValue, parseJson } from "../../container/index.ts";
import { contiguousStrides, DTYPES, type DType, LIMITS, numel, type TensorLocation } from "../../core/index.ts";
import { ByteReader } from "../../util/index.ts";
import { asArray, asInteger, asObject, asString } from "../json-fields.ts";
import { Excess, Malformed, Unsupported } from "../refusal.ts";
import { checkedLocation } from "../tensor-location.ts";
import type { Contents } from "./contents.ts";

/** https://github.com/huggingface/safetensors#format; those without a form here are undefined. */
const SAFETENSORS_DTYPES: ReadonlyMap<string, DType | undefined> = new Map([
  ["BOOL", "bool"],
  ["U8", "uint8"],
  ["I8", "int8"],
  ["U16", "uint16"],
  ["I16", "int16"],
  ["U32", "uint32"],
  ["I32", "int32"],
  ["U64", "uint64"],
  ["I64", "int64"],
  ["F16", "float16"],
  ["BF16", "bfloat16"],
  ["F32", "float32"],
  ["F64", "float64"],
  ["C64", "complex64"],
  ["F8_E4M3", undefined],
  ["F8_E5M2", undefined],
  ["F8_E8M0", undefined],
  ["F8_E4M3FNUZ", undefined],
  ["F8_E5M2FNUZ", undefined],
  ["F4", undefined],
  ["F6_E2M3", undefined],
  ["F6_E3M2", undefined],
]);

const LENGTH_BYTES = 8;
const OPEN_BRACE = 0x7b;

interface Entry {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** From the beginning of the data, in bytes. */
  readonly begin: number;
  readonly end: number;
}

function readHeader(source: ByteSource): { readonly header: JsonObject; readonly dataOffset: number } {
  if (source.size < LENGTH_BYTES) throw new Malformed("it is too short for the length of its header");
  const length = Number(new ByteReader(source.read(0, LENGTH_BYTES)).uint64());
  if (length > LIMITS.safetensorsHeaderBytes) {
    throw new Excess("the length of its header", length, "safetensorsHeaderBytes");
  }
  const bytes = source.read(LENGTH_BYTES, length);
  if (bytes[0] !== OPEN_BRACE || !isUtf8(bytes)) throw new Malformed("its header is no JSON object in UTF-8");
  const header = asObject(parseJson(bytes, source.name, { duplicateKeys: "refuse" }), "the header");
  return { header, dataOffset: LENGTH_BYTES + length };
}

function checkMetadata(metadata: JsonValue | undefined): void {
  if (metadata === undefined) return;
  for (const value of Object.values(asObject(metadata, "__metadata__"))) asString(value, "a value of __metadata__");
}

function readDType(name: string, dtype: string): DType {
  if (!SAFETENSORS_DTYPES.has(dtype)) throw new Malformed(`${name} is of an unknown dtype ${dtype}`);
  const known = SAFETENSORS_DTYPES.get(dtype);
  if (known) return known;
  throw new Unsupported(`${name}, a tensor of the dtype ${dtype},`, "convert it to float32, float16 or bfloat16");
}

function asSize(value: JsonValue | undefined, what: string): number {
  const size = asInteger(value, what);
  if (size < 0) throw new Malformed(`${what} is negative`);
  return size;
}

function readEntry([name, json]: readonly [string, JsonValue]): Entry {
  const entry = asObject(json, name);
  const dtype = readDType(name, asString(entry["dtype"], `the dtype of ${name}`));
  const shape = asArray(entry["shape"], `the shape of ${name}`).map((size) => asSize(size, `a size of ${name}`));
  const offsets = asArray(entry["data_offsets"], `the offsets of ${name}`);
  const [begin = 0, end = 0] = offsets.map((offset) => asSize(offset, `an offset of ${name}`));
  if (offsets.length !== 2 || numel(shape) * DTYPES[dtype].bytes !== end - begin) {
    throw new Malformed(`the offsets of ${name} do not fit its shape`);
  }
  return { name, dtype, shape, begin, end };
}

/** The data are exactly the tensors, one after another: nothing can hide between them, and none overlap. */
function checkCoverage(entries: readonly Entry[], dataBytes: number): void {
  let covered = 0;
  for (const { name, begin, end } of entries) {
    if (begin !== covered) throw new Malformed(`${name} begins at ${begin}, not at ${covered}`);
    covered = end;
  }
  if (covered !== dataBytes) throw new Malformed(`its tensors take ${covered} of ${dataBytes} bytes of data`);
}

/** The tensors of a safetensors file, in the order of their data. */
export function readSafetensors(source: ByteSource): Contents {
  const { header, dataOffset } = readHeader(source);
  const { __metadata__: metadata, ...tensors } = header;
  checkMetadata(metadata);
  const entries = Object.entries(tensors).map(readEntry);
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  checkCoverage(entries, source.size - dataOffset);
  const locations = entries.map(({ name, dtype, shape, begin, end }): [string, TensorLocation] => {
    const storage = source.storage(dataOffset + begin, end - begin);
    const location = { storage, dtype, shape, strides: contiguousStrides(shape), storageOffset: 0 };
    return [name, checkedLocation(location, name)];
  });
  return { tensors: new Map(locations), others: [] };
}
