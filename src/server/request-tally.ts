import type { ErrorCode } from "../core/index.ts";

/** What became of the requests that a model was given. */
export class RequestTally {
  readonly failures: Map<ErrorCode, number> = new Map();
  successes = 0;
  /** Time from request to result, of all successes together. */
  successMs = 0;
  failureMs = 0;

  succeeded(ms: number): void {
    this.successes++;
    this.successMs += ms;
  }

  failed(code: ErrorCode, ms: number): void {
    this.failures.set(code, (this.failures.get(code) ?? 0) + 1);
    this.failureMs += ms;
  }
}
