import { RelayError } from "../core/index.ts";

/** Doubles with every retry, where the server does not say how long to wait. */
const FIRST_DELAY_MS = 100;

/** Answers that say the request has not been computed and may be sent again. */
const TEMPORARY: readonly unknown[] = [429, 503];

function delay(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", done);
  });
}

/**
 * Sends a request, and again while the server says that it cannot take it now.
 * @param send rejects with SERVER_REFUSED, whose details have `status` and perhaps `retryAfterMs`
 */
export async function withRetries<T>(send: () => Promise<T>, retries: number, signal?: AbortSignal): Promise<T> {
  for (let retry = 0; ; retry++) {
    try {
      return await send();
    } catch (error) {
      if (!(error instanceof RelayError) || retry >= retries || signal?.aborted) throw error;
      const { status, retryAfterMs } = error.details as { readonly status?: unknown; readonly retryAfterMs?: unknown };
      if (!TEMPORARY.includes(status)) throw error;
      await delay(typeof retryAfterMs === "number" ? retryAfterMs : FIRST_DELAY_MS * 2 ** retry, signal);
    }
  }
}
