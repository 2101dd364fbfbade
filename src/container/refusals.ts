import { LIMITS, type LimitName, type Limits, RelayError } from "../core/index.ts";

export function corrupt(file: string, problem: string, cause?: unknown): RelayError<"FILE_CORRUPT"> {
  return new RelayError("FILE_CORRUPT", { file, problem }, cause === undefined ? undefined : { cause });
}

/** @throws RelayError LIMIT_EXCEEDED when `given` is more than the named limit allows. */
export function checkLimit(file: string, what: string, given: number, limit: LimitName, limits: Limits = LIMITS): void {
  if (given > limits[limit]) {
    throw new RelayError("LIMIT_EXCEEDED", { file, what, given, limit, allowed: limits[limit] });
  }
}
