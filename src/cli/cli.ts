import { reportFailure } from "./failure.ts";
import { makeProgram } from "./program.ts";
import { Terminal } from "./terminal.ts";

/**
 * Runs the command that `argv`, without the program's own name, spells; never throws. Sets the exit code: 0 for success,
 * 1 for failure, 2 for wrong usage, 130 when interrupted.
 */
export async function cli(argv: readonly string[]): Promise<void> {
  const terminal = new Terminal();
  try {
    await makeProgram(terminal).parseAsync(argv, { from: "user" });
  } catch (error) {
    const isDebug = argv.includes("--debug") || process.env["TORCHRELAY_DEBUG"] === "1";
    reportFailure(error, terminal, { isJson: argv.includes("--json"), isDebug });
  }
}
