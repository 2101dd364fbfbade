import { LIMITS, type LimitName, type Limits, RelayError } from "../core/index.ts";

const MAX_SHOWN_LENGTH = 400;

/** Text of a file as a message may show it: not too long, and without control characters, which could steer a terminal. */
export function printable(text: string): string {
  const shown = text.length <= MAX_SHOWN_LENGTH ? text : `${text.slice(0, MAX_SHOWN_LENGTH)}…`;
  return shown.replace(/\p{Cc}/gu, "\u{fffd}");
}

export function corrupt(file: string, problem: string, cause?: unknown): RelayError<"FILE_CORRUPT"> {
  const details = { file: printable(file), problem: printable(problem) };
  return new RelayError("FILE_CORRUPT", details, cause === undefined ? undefined : { cause });
}

/** @throws RelayError LIMIT_EXCEEDED when `given` is more than the named limit allows. */
export function checkLimit(file: string, what: string, given: number, limit: LimitName, limits: Limits = LIMITS): void {
  if (given <= limits[limit]) return;
  const details = { file: printable(file), what: printable(what), given, limit, allowed: limits[limit] };
  throw new RelayError("LIMIT_EXCEEDED", details);
}
