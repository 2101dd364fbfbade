import type { Command } from "commander";
import { collectInput, fileOfType, parseCount } from "./arguments.ts";
import type { RunOptions } from "./run-model.ts";
import { defineScriptFlags } from "./script-flags.ts";
import type { Terminal } from "./terminal.ts";

const INPUTS_NOTE = `
Without --input and --inputs, the sample inputs that the .pt2 carries are used. The arrays of an .npz are inputs by
name, or in order when they are called in_0, in_1, and so on. NumPy has no bfloat16: such inputs are given as float32
and rounded to nearest; such outputs are written as float32, which holds them exactly.`;

/** Adds `torchrelay run`. */
export function defineRun(program: Command, terminal: Terminal): void {
  const command = program
    .command("run")
    .description("run a model on given inputs, once or many times at a time")
    .argument("<model>", "a .pt2 or TorchScript file, or an ONNX model")
    .option("--input <NAME=FILE.npy>", "an input, by name; may be repeated", collectInput)
    .option("--inputs <FILE.npz>", "inputs by name, or in order as in_0, in_1, …")
    .option("--repeat <N>", "run the same inputs N times and report speed", parseCount, 1)
    .option("--concurrency <N>", "requests under way at once", parseCount, 64)
    .option("--workers <N>", "worker threads (default: the cores there are)", parseCount)
    .option(
      "--intra-op-threads <N>",
      "threads that one run uses (default: cores / workers; up to 4 for large models)",
      parseCount,
    )
    .option("--output <OUT.npz>", "write the outputs of the first run", fileOfType(".npz"))
    .option(
      "--timeline <FILE>",
      "write what ran when: .md (Mermaid) or .json (Chrome trace)",
      fileOfType(".md", ".json"),
    )
    .option("--json", "print one JSON object");
  defineScriptFlags(command)
    .addHelpText("after", INPUTS_NOTE)
    .action(async (model: string, options: RunOptions) => {
      const { runModel } = await import("./run-model.ts");
      await runModel(model, options, terminal);
    });
}
