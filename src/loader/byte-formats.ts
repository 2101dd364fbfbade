import { ADVICE_EXPORT, ADVICE_LOAD_AND_EXPORT, type FormatRow } from "./finding.ts";

/** The beginning of a file, as bytes and as latin1 text. */
export interface Head {
  readonly bytes: Uint8Array;
  readonly text: string;
}

const ADVICE_DOWNLOAD = "it seems that a page was saved instead of the file: download the file itself";
const ADVICE_UNPACK = "unpack it first";

function isText({ bytes, text }: Head): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
    return !/[\0-\x08\x0e-\x1f\x7f]/.test(text);
  } catch {
    return false;
  }
}

function startsWith(magic: string): (head: Head) => boolean {
  return ({ text }) => text.startsWith(magic);
}

function like(pattern: RegExp): (head: Head) => boolean {
  return ({ text }) => pattern.test(text);
}

type Row = FormatRow<Head>;

/** What to do with formats of other programs, which all rows of it share. */
function foreign(format: string, found: string, matches: Row["matches"], advice: string = ADVICE_EXPORT): Row {
  return { format, found, advice, isModel: false, matches };
}

function model(format: string, found: string, matches: Row["matches"], advice: string = ADVICE_EXPORT): Row {
  return { format, found, advice, isModel: true, matches };
}

/** Files that are no zip archives, by how they begin. */
export const BYTE_FORMATS: readonly Row[] = [
  foreign("empty", "empty", ({ bytes }) => bytes.length === 0, "the file was probably not written to its end"),
  model(
    "torch-save-legacy",
    "a checkpoint that torch.save wrote before torch 1.6",
    like(/^\x80.\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19\./s),
    ADVICE_LOAD_AND_EXPORT,
  ),
  model("pickle", "a Python pickle", like(/^\x80[\x02-\x05]/), `nothing of it was executed; ${ADVICE_LOAD_AND_EXPORT}`),
  model("safetensors", "a safetensors file", like(/^.{4}\0{4}\{\s*"/s), ADVICE_LOAD_AND_EXPORT),
  model("gguf", "a GGUF model", startsWith("GGUF")),
  model("hdf5", "an HDF5 file", startsWith("\x89HDF\r\n\x1a\n")),
  model("executorch", "an ExecuTorch program (.pte)", like(/^.{4}ET\d\d/s)),
  model("tflite", "a TensorFlow Lite model", like(/^.{4}TFL3/s)),
  model("onnx", "an ONNX model", like(/^\x08[\x01-\x20](\x12[^\0]?.|[\x1a\x22\x2a\x32\x3a\x42])/s)),
  foreign("npy", "a NumPy array (.npy)", startsWith("\x93NUMPY"), "pass it as an input, beside a model"),
  foreign("gzip", "compressed with gzip", startsWith("\x1f\x8b"), ADVICE_UNPACK),
  foreign("bzip2", "compressed with bzip2", like(/^BZh[1-9]1AY/), ADVICE_UNPACK),
  foreign("xz", "compressed with xz", startsWith("\xfd7zXZ\0"), ADVICE_UNPACK),
  foreign("zstd", "compressed with Zstandard", startsWith("\x28\xb5\x2f\xfd"), ADVICE_UNPACK),
  foreign("tar", "a tar archive", like(/^.{257}ustar/s), ADVICE_UNPACK),
  foreign("git-lfs", "a Git LFS pointer, not the file it points to", startsWith("version https://git-lfs"), "run git lfs pull"),
  foreign("html", "a web page (HTML)", like(/^(\xef\xbb\xbf)?\s*(<!--.*?-->\s*)?<(!doctype html|html|head|body)/is), ADVICE_DOWNLOAD),
  foreign("xml", "an XML text", like(/^(\xef\xbb\xbf)?\s*<\?xml/), ADVICE_DOWNLOAD),
  foreign("json", "a JSON text", (head) => /^(\xef\xbb\xbf)?\s*[[{]/.test(head.text) && isText(head)),
  foreign("text", "a plain text", isText),
];
