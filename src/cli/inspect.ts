import { type Command, Option } from "commander";
import type { InspectOptions } from "./inspect-model.ts";
import { defineScriptFlags } from "./script-flags.ts";
import type { Terminal } from "./terminal.ts";

/** Adds `torchrelay inspect`. */
export function defineInspect(program: Command, terminal: Terminal): void {
  const command = program
    .command("inspect")
    .description("tell what a model file holds and whether it can run")
    .argument("<model>", "a .pt2 or TorchScript file, an ONNX model, or a checkpoint (.pth, .safetensors)")
    .option("--json", "print one JSON object")
    .addOption(new Option("--diagram", "print the modules as a Mermaid class diagram").conflicts(["json", "graph"]))
    .addOption(new Option("--graph", "print the normalised graph").conflicts(["json", "diagram"]));
  defineScriptFlags(command).action(async (model: string, options: InspectOptions) => {
    const { inspectModel } = await import("./inspect-model.ts");
    inspectModel(model, options, terminal);
  });
}
