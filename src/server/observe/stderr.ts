import type { LogSink } from "./server-log.ts";

function ignore(): void {}

/** Called before the stream tells of the error. */
function forgive(error: Error | null | undefined): void {
  if (error && !process.stderr.listeners("error").includes(ignore)) process.stderr.on("error", ignore);
}

/** Standard error. A line that cannot be written, since the disk is full or its reader has gone, does not end the process. */
export const STDERR: LogSink = { write: (line) => process.stderr.write(line, forgive) };
