import type { LogSink } from "./server-log.ts";

function forgive(error: Error | null | undefined): void {
  if (error && process.stderr.listenerCount("error") === 0) process.stderr.once("error", () => {});
}

/** Standard error. A line that cannot be written, since the disk is full or its reader has gone, does not end the process. */
export const STDERR: LogSink = { write: (line) => process.stderr.write(line, forgive) };
