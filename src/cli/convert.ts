import { type Command, Option } from "commander";
import { fileOfType } from "./arguments.ts";
import type { ConvertOptions } from "./convert-model.ts";
import { defineScriptFlags } from "./script-flags.ts";
import type { Terminal } from "./terminal.ts";

const OPSETS = ["17", "18", "19", "20", "21", "22"];

const DATA_NOTE = `
The ONNX model holds its weights. Above 2 GiB, which ONNX files cannot reach, they are in OUT.onnx.data beside it.
Operators that an older operator set lacks are refused by name where nothing else stands for them.`;

/** Adds `torchrelay convert`. */
export function defineConvert(program: Command, terminal: Terminal): void {
  const command = program
    .command("convert")
    .description("write a model as an ONNX file")
    .argument("<model>", "a .pt2 or TorchScript file")
    .requiredOption("-o, --output <OUT.onnx>", "the file to write", fileOfType(".onnx"))
    .addOption(new Option("--opset <N>", "the ONNX operator set").choices(OPSETS).default("20"))
    .option("--external-data", "write the weights to OUT.onnx.data, whatever their size");
  defineScriptFlags(command)
    .addHelpText("after", DATA_NOTE)
    .action(async (model: string, options: ConvertOptions) => {
      const { convertModel } = await import("./convert-model.ts");
      convertModel(model, options, terminal);
    });
}
