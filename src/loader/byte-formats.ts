import { ADVICE_EXPORT, ADVICE_LOAD_AND_EXPORT, type FormatRow } from "./finding.ts";

/** The beginning of a file, as bytes and as latin1 text. */
export interface Head {
  readonly bytes: Uint8Array;
  readonly text: string;
}

const ADVICE_DOWNLOAD = "it seems that a page was saved instead of the file: download the file itself";
const ADVICE_UNPACK = "unpack it first";
const BYTE_ORDER_MARK = /^(\xef\xbb\xbf)?\s*/;
/** The control characters of texts: tab, line feed, vertical tab, form feed, carriage return. */
const FIRST_TEXT_CONTROL = 0x09;
const LAST_TEXT_CONTROL = 0x0d;
const SPACE = 0x20;

function isTextByte(byte: number): boolean {
  return byte >= SPACE || (byte >= FIRST_TEXT_CONTROL && byte <= LAST_TEXT_CONTROL);
}

function isText({ bytes }: Head): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
    return bytes.every(isTextByte);
  } catch {
    return false;
  }
}

/** Whether one of `magics` stands at the beginning, or at `offset` bytes. */
function magic(magics: readonly string[], offset = 0): (head: Head) => boolean {
  return ({ text }) => magics.some((candidate) => text.startsWith(candidate, offset));
}

/** Whether the text, after white space and a byte order mark, is like `pattern`. */
function textLike(pattern: RegExp): (head: Head) => boolean {
  return ({ text }) => pattern.test(text.replace(BYTE_ORDER_MARK, ""));
}

/** The length of the header as 64 bits, then the header, a JSON object. */
function isSafetensors({ text }: Head): boolean {
  return text.startsWith("\0\0\0\0", 4) && /^\{\s*["}]/.test(text.slice(8));
}

/** ModelProto's tags for the fields after ir_version. */
const ONNX_TAGS: ReadonlySet<number | undefined> = new Set([0x12, 0x1a, 0x22, 0x2a, 0x32, 0x3a, 0x42]);
const MAX_ONNX_IR_VERSION = 32;

/** Protobuf has no magic: the first field, ir_version, is a small number. */
function isOnnx({ bytes: [tag, version = 0, next] }: Head): boolean {
  return tag === 0x08 && version > 0 && version <= MAX_ONNX_IR_VERSION && ONNX_TAGS.has(next);
}

type Row = FormatRow<Head>;

/** A file that is no model. */
function foreign(format: string, found: string, matches: Row["matches"], advice: string = ADVICE_EXPORT): Row {
  return { format, found, advice, isModel: false, matches };
}

/** A model, or the weights of one. */
function model(format: string, found: string, matches: Row["matches"], advice: string = ADVICE_EXPORT): Row {
  return { format, found, advice, isModel: true, matches };
}

const LEGACY = magic(["\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."]);
const PICKLE = magic(["\x80\x02", "\x80\x03", "\x80\x04", "\x80\x05"]);

/** Files that are no zip archives, by how they begin. */
export const BYTE_FORMATS: readonly Row[] = [
  foreign("empty", "empty", ({ bytes }) => bytes.length === 0, "the file was probably not written to its end"),
  model("torch-save-legacy", "a checkpoint that torch.save wrote before torch 1.6", LEGACY, ADVICE_LOAD_AND_EXPORT),
  model("pickle", "a Python pickle", PICKLE, `nothing of it was executed; ${ADVICE_LOAD_AND_EXPORT}`),
  model("safetensors", "a safetensors file", isSafetensors, ADVICE_LOAD_AND_EXPORT),
  model(
    "shard-index",
    "the index of a sharded checkpoint",
    textLike(/^\{(?=.*"weight_map"\s*:\s*\{)/s),
    ADVICE_LOAD_AND_EXPORT,
  ),
  model("gguf", "a GGUF model", magic(["GGUF"])),
  model("hdf5", "an HDF5 file", magic(["\x89HDF\r\n\x1a\n"])),
  model("executorch", "an ExecuTorch program (.pte)", magic(["ET12"], 4)),
  model("tflite", "a TensorFlow Lite model", magic(["TFL3"], 4)),
  model("onnx", "an ONNX model", isOnnx),
  foreign("npy", "a NumPy array (.npy)", magic(["\x93NUMPY"]), "pass it as an input, beside a model"),
  foreign("gzip", "compressed with gzip", magic(["\x1f\x8b"]), ADVICE_UNPACK),
  foreign("bzip2", "compressed with bzip2", textLike(/^BZh[1-9]1AY/), ADVICE_UNPACK),
  foreign("xz", "compressed with xz", magic(["\xfd7zXZ\0"]), ADVICE_UNPACK),
  foreign("zstd", "compressed with Zstandard", magic(["\x28\xb5\x2f\xfd"]), ADVICE_UNPACK),
  foreign("tar", "a tar archive", magic(["ustar"], 257), ADVICE_UNPACK),
  foreign(
    "git-lfs",
    "a Git LFS pointer, not the file it points to",
    magic(["version https://git-lfs"]),
    "run git lfs pull",
  ),
  foreign("html", "a web page (HTML)", textLike(/^(<!--.*?-->\s*)?<(!doctype html|html|head|body)/is), ADVICE_DOWNLOAD),
  foreign("xml", "an XML text", textLike(/^<\?xml/), ADVICE_DOWNLOAD),
  foreign("json", "a JSON text", (head) => textLike(/^[[{]/)(head) && isText(head)),
  foreign("text", "a plain text", isText),
];
