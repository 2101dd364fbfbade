import type { Command } from "commander";
import { parseTensorSpec } from "../core/index.ts";
import type { ModelOptions } from "../engine/index.ts";
import type { ScriptArgument, ScriptOptions } from "../loader/index.ts";
import { collectArgument, collectSpec } from "./arguments.ts";

type ScriptModelOptions = Pick<ModelOptions, "inputs" | "arguments" | "method">;

/** What a TorchScript file does not tell of its model. */
export interface ScriptFlags {
  readonly inputSpec?: readonly string[];
  readonly argument?: Readonly<Record<string, ScriptArgument>>;
  readonly method?: string;
}

const SCRIPT_GROUP = "What a TorchScript file does not tell:";

/** Adds the flags to a command that opens models. They come last in its help. */
export function defineScriptFlags(command: Command): Command {
  return command
    .optionsGroup(SCRIPT_GROUP)
    .option("--input-spec <NAME:DTYPE[SIZES]>", "a tensor that a TorchScript model takes; may be repeated", collectSpec)
    .option("--argument <NAME=VALUE>", "what else a TorchScript model takes; may be repeated", collectArgument)
    .option("--method <NAME>", "the method of a TorchScript model that is run (default: forward)");
}

/** The flags as options of `loadProgram`. */
export function scriptOptions({ inputSpec, argument, method }: ScriptFlags): ScriptOptions {
  return {
    ...(inputSpec && { inputs: inputSpec.map((text) => parseTensorSpec(text)) }),
    ...(argument && { arguments: argument }),
    ...(method !== undefined && { method }),
  };
}

/** The flags as options of `load`. */
export function scriptModelOptions({ inputSpec, argument, method }: ScriptFlags): ScriptModelOptions {
  return {
    ...(inputSpec && { inputs: inputSpec }),
    ...(argument && { arguments: argument }),
    ...(method !== undefined && { method }),
  };
}
