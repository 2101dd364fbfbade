/** How long a command may take to wind up after Ctrl-C; native code cannot always be stopped. */
const GRACE_MS = 500;

/** The user pressed Ctrl-C. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
}

/**
 * Runs work that Ctrl-C cancels. When it takes too long to wind up, or at a second Ctrl-C, the process ends by the signal.
 * @throws Interrupted when it was cancelled
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const endProcess = (): void => {
    process.off("SIGINT", interrupt);
    process.kill(process.pid, "SIGINT");
  };
  const interrupt = (): void => {
    setTimeout(endProcess, controller.signal.aborted ? 0 : GRACE_MS).unref();
    controller.abort("interrupted");
  };
  process.on("SIGINT", interrupt);
  try {
    return await work(controller.signal);
  } catch (error) {
    throw controller.signal.aborted ? new Interrupted() : error;
  } finally {
    if (!controller.signal.aborted) process.off("SIGINT", interrupt);
  }
}
