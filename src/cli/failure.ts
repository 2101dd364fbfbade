import { inspect } from "node:util";
import { CommanderError } from "commander";
import { RelayError } from "../core/index.ts";
import { Interrupted } from "./interrupt.ts";
import { type Json, toJson } from "./json.ts";
import type { Terminal } from "./terminal.ts";
import { UsageError } from "./usage-error.ts";

export interface FailureStyle {
  /** Prints the error as one JSON object. */
  readonly isJson: boolean;
  /** Adds stacks and causes. */
  readonly isDebug: boolean;
}

interface Failure {
  readonly exitCode: number;
  /** Missing when there is nothing to say, or commander has said it. */
  readonly says?: { readonly code: string; readonly message: string; readonly details?: Json };
}

function usage(message: string): Failure {
  return { exitCode: 2, says: { code: "USAGE", message: message.replace(/^error: /, "") } };
}

/** The help that was asked for is no failure; the help for a missing command is wrong usage. */
function commanderFailure({ code, exitCode, message }: CommanderError): Failure {
  if (exitCode === 0) return { exitCode: 0 };
  return code === "commander.help" ? { exitCode: 2 } : usage(message);
}

function judge(error: unknown): Failure {
  if (error instanceof CommanderError) return commanderFailure(error);
  if (error instanceof UsageError) return usage(error.message);
  if (error instanceof Interrupted) return { exitCode: 130 };
  if (error instanceof RelayError) {
    const { code, message, details } = error;
    return { exitCode: 1, says: { code, message, details: details as Json } };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { exitCode: 1, says: { code: "INTERNAL", message: `${message} (use --debug to see where)` } };
}

/** Says on stderr what went wrong and sets the exit code. */
export function reportFailure(error: unknown, terminal: Terminal, { isJson, isDebug }: FailureStyle): void {
  const { exitCode, says } = judge(error);
  terminal.fail(exitCode);
  if (!says) return;
  if (isJson) {
    terminal.complain(`${toJson({ error: says })}\n`);
  } else {
    const code = says.code === "USAGE" ? "" : `${says.code}: `;
    terminal.complain(`${terminal.errorStyle("red", "error:")} ${code}${says.message}\n`);
  }
  if (isDebug) terminal.complain(`${inspect(error)}\n`);
}
