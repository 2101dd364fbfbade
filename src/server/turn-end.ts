let end: Promise<void> | undefined;

/**
 * When this turn of the event loop has handled all that had arrived. Requests that wait for it go on together, so that they
 * can share a batch.
 */
export function turnEnd(): Promise<void> {
  end ??= new Promise((resolve) => {
    setImmediate(() => {
      end = undefined;
      resolve();
    });
  });
  return end;
}
