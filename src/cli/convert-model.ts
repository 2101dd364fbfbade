import path from "node:path";
import { FileSource } from "../container/index.ts";
import { RelayError } from "../core/index.ts";
import { atSomeSizes, normalize } from "../graph/index.ts";
import { identify, loadProgram } from "../loader/index.ts";
import { exportOnnx, type OnnxExport, type Opset } from "../lowering/index.ts";
import { type ScriptFlags, scriptOptions } from "./script-flags.ts";
import type { Terminal } from "./terminal.ts";
import { type Content, requireWritable, writeTogether } from "./write-file.ts";

export interface ConvertOptions extends ScriptFlags {
  readonly output: string;
  readonly externalData?: true;
  readonly opset: `${Opset}`;
}

function refuseOnnx(file: string): RelayError {
  const hint = "it is what convert writes: use it as it is";
  return new RelayError("MODEL_UNSUPPORTED", { file, feature: "the conversion of an ONNX model", hint });
}

function convert(file: string, dataFile: string, options: ConvertOptions): OnnxExport {
  const { externalData, opset } = options;
  const source = new FileSource(file);
  try {
    if (identify(source).format === "onnx") throw refuseOnnx(source.name);
    const format = {
      name: source.name,
      dataFile,
      opset: Number(opset) as Opset,
      ...(externalData && { maxModelBytes: 0 }),
    };
    return atSomeSizes(loadProgram(source, scriptOptions(options)), ({ graph }) =>
      exportOnnx(normalize(graph), format),
    );
  } finally {
    source.close();
  }
}

/** `torchrelay convert`. @throws RelayError */
export function convertModel(file: string, options: ConvertOptions, terminal: Terminal): void {
  const { output } = options;
  requireWritable(output);
  const dataFile = `${output}.data`;
  const { onnx, data } = convert(file, path.basename(dataFile), options);
  const contents: Content[] = [{ file: output, parts: [onnx] }];
  if (data) contents.unshift({ file: dataFile, parts: data });
  writeTogether(contents);
  terminal.print(contents.map((content) => `wrote ${content.file}\n`).join(""));
}
