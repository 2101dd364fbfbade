import { RelayError } from "../core/index.ts";

/** A request that says what the protocol does not allow. */
export function invalid(problem: string, options?: ErrorOptions): RelayError {
  return new RelayError("REQUEST_INVALID", { problem }, options);
}
