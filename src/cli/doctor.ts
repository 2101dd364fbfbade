import type { Command } from "commander";
import type { Terminal } from "./terminal.ts";

interface DoctorOptions {
  readonly json?: true;
}

/** Adds `torchrelay doctor`. */
export function defineDoctor(program: Command, terminal: Terminal): void {
  program
    .command("doctor")
    .description("check that torchrelay works on this machine")
    .option("--json", "print one JSON object")
    .action(async ({ json }: DoctorOptions) => {
      const { examineMachine } = await import("./examine-machine.ts");
      await examineMachine({ isJson: json === true }, terminal);
    });
}
