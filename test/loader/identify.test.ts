import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { MemorySource } from "../../src/container/index.ts";
import { identify } from "../../src/loader/index.ts";
import { expectRefusal } from "../container/expect-refusal.ts";
import { writeZip } from "../container/zip-writer.ts";
import { FOLDER, loadBytes, loadFile } from "./programs.ts";

const latin1 = (text: string) => Buffer.from(text, "latin1");
const zip = (...names: readonly string[]) => writeZip(names.map((name) => ({ name, data: "x" })));

/** A tar header names its file, and has its magic at byte 257. */
function tar(): Uint8Array {
  const block = Buffer.alloc(1024);
  block.write("pickle");
  block.write("ustar\0", 257);
  return block;
}

test.each<[string, string]>([
  ["mlp-2.13.pt2", "pt2-archive"],
  ["mlp-2.8.pt2", "pt2-archive"],
  ["mlp-2.6.pt2", "pt2-flat"],
  ["torchscript.pt", "torchscript"],
  ["checkpoint.pth", "torch-save"],
  ["checkpoint-legacy.pth", "torch-save-legacy"],
  ["weights.safetensors", "safetensors"],
  ["../npy/arrays.npz", "npz"],
  ["../npy/text.npy", "npy"],
])("%s, which its own program wrote, is %s", (name, format) => {
  expect(identify(new MemorySource(readFileSync(FOLDER + name), name)).format).toBe(format);
});

test.each<[string, Uint8Array, "FORMAT_UNKNOWN" | "MODEL_UNSUPPORTED", RegExp]>([
  ["empty", new Uint8Array(), "FORMAT_UNKNOWN", /is empty/],
  [
    "html",
    latin1("\n<!DOCTYPE html>\n<html><body>404"),
    "FORMAT_UNKNOWN",
    /a web page \(HTML\).*download the file itself/,
  ],
  ["html", latin1("<!-- saved -->\n<HTML>"), "FORMAT_UNKNOWN", /a web page/],
  ["xml", latin1('<?xml version="1.0"?><Error/>'), "FORMAT_UNKNOWN", /an XML text/],
  ["json", latin1('{"error": "not found"}'), "FORMAT_UNKNOWN", /a JSON text/],
  ["text", Buffer.from("Zugriff verweigert: größer\n"), "FORMAT_UNKNOWN", /a plain text/],
  [
    "git-lfs",
    latin1("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"),
    "FORMAT_UNKNOWN",
    /git lfs pull/,
  ],
  ["gzip", gzipSync("x"), "FORMAT_UNKNOWN", /gzip.*unpack it first/],
  ["bzip2", latin1("BZh91AY&SY"), "FORMAT_UNKNOWN", /bzip2/],
  ["xz", latin1("\xfd7zXZ\0"), "FORMAT_UNKNOWN", /xz/],
  ["zstd", latin1("\x28\xb5\x2f\xfd\0"), "FORMAT_UNKNOWN", /Zstandard/],
  ["tar", tar(), "FORMAT_UNKNOWN", /tar archive/],
  ["hdf5", latin1("\x89HDF\r\n\x1a\n\0\0"), "MODEL_UNSUPPORTED", /HDF5/],
  ["gguf", latin1("GGUF\x03\0\0\0"), "MODEL_UNSUPPORTED", /GGUF/],
  ["onnx", latin1("\x08\x08\x12\x07pytorch\x1a\x052.1.0:\x00"), "MODEL_UNSUPPORTED", /an ONNX model/],
  ["onnx", latin1("\x08\x03:\xb4\x01\x0a"), "MODEL_UNSUPPORTED", /an ONNX model/],
  ["tflite", latin1("\x1c\0\0\0TFL3\x14\0"), "MODEL_UNSUPPORTED", /TensorFlow Lite/],
  ["executorch", latin1("\x30\0\0\0ET12\x14\0"), "MODEL_UNSUPPORTED", /ExecuTorch/],
  [
    "pickle",
    latin1("\x80\x04\x95\0\0\0\0\0\0\0\0cos\nsystem\n"),
    "MODEL_UNSUPPORTED",
    /a Python pickle.*nothing of it was executed/,
  ],
  ["unknown", Uint8Array.of(1, 2, 0xab, 0), "FORMAT_UNKNOWN", /it begins with 01 02 ab 00\)/],
  [
    "aotinductor",
    zip("archive_format", "data/aotinductor/model/a.so"),
    "MODEL_UNSUPPORTED",
    /AOTInductor.*torch\.export\.save/,
  ],
  ["pt2-without-graph", zip("archive_format", "data/weights/w"), "MODEL_UNSUPPORTED", /without a graph/],
  ["torchscript-old", zip("m/model.json", "m/code/a.py"), "MODEL_UNSUPPORTED", /before torch 1\.4/],
  ["torchserve", zip("MAR-INF/MANIFEST.json", "model.pt"), "MODEL_UNSUPPORTED", /TorchServe/],
  ["keras", zip("metadata.json", "config.json", "model.weights.h5"), "MODEL_UNSUPPORTED", /Keras/],
  ["zip", zip("readme.txt", "picture.png"), "FORMAT_UNKNOWN", /a zip archive of something else/],
  ["zip", zip(), "FORMAT_UNKNOWN", /a zip archive of something else/],
])("%s is told by its bytes and refused", (format, bytes, code, message) => {
  expect(identify(new MemorySource(bytes, "model.pt2")).format).toBe(format);
  expectRefusal(() => loadBytes(bytes), code, message);
});

test.each<[string, RegExp]>([
  ["torchscript.pt", /does not tell the shape of the tensor input is not supported; .*--input-spec/],
  ["checkpoint.pth", /torch\.save wrote is not supported; it holds weights and no graph/],
  ["checkpoint-legacy.pth", /before torch 1\.6 is not supported; it holds weights and no graph/],
  ["weights.safetensors", /a safetensors file is not supported; it holds weights and no graph/],
])("%s is refused with what to do instead", (name, message) => {
  expectRefusal(() => loadFile(name), "MODEL_UNSUPPORTED", message);
});

test("a refusal says what is accepted", () => {
  const error = expectRefusal(() => loadBytes(gzipSync("x")), "FORMAT_UNKNOWN");
  expect(error.message).toBe(
    "test.pt2 is compressed with gzip; torchrelay runs programs that torch.export.save or torch.jit.save wrote (.pt2, .pt) and ONNX models; unpack it first",
  );
});
