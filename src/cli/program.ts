import { Command } from "commander";
import { packageFacts } from "../util/index.ts";
import { defineConvert } from "./convert.ts";
import { defineDoctor } from "./doctor.ts";
import { defineInspect } from "./inspect.ts";
import { defineRun } from "./run.ts";
import { defineServe } from "./serve.ts";
import type { Terminal } from "./terminal.ts";

const DESCRIPTION = "Run PyTorch model files (.pt2), many requests at a time, without Python.";

/** The command line's grammar. Parsing throws CommanderError instead of ending the process. */
export function makeProgram(terminal: Terminal): Command {
  const program = new Command("torchrelay")
    .description(DESCRIPTION)
    .version(packageFacts().version)
    .option("--debug", "on failure, print the stack and the causes (also: TORCHRELAY_DEBUG=1)")
    .exitOverride()
    .configureOutput({ writeOut: (text) => terminal.print(text), outputError: () => {} });
  defineRun(program, terminal);
  defineServe(program, terminal);
  defineInspect(program, terminal);
  defineConvert(program, terminal);
  defineDoctor(program, terminal);
  return program;
}
