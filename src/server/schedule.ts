import type { JsonObject } from "../container/index.ts";
import type { InferOptions } from "../engine/index.ts";
import type { AbortSignalLike } from "../util/index.ts";
import type { Call } from "./call.ts";
import { invalid } from "./invalid.ts";
import { asSize } from "./request-json.ts";

export const TIMEOUT_HEADER = "x-request-timeout-ms";

/** Levels are 1, the highest, to this. */
export const MAX_PRIORITY = 1000;

/** The longest time that a timer can wait; who has longer has no limit. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Level 0 and no level are the default, which comes after all others. */
function priorityOf({ priority = 0 }: JsonObject): number {
  const level = asSize(priority, "parameter priority");
  if (level > MAX_PRIORITY) throw invalid(`parameter priority is ${level}; legal: 0 to ${MAX_PRIORITY}`);
  return level === 0 ? 0 : 1 + MAX_PRIORITY - level;
}

/** What a request over HTTP says. @throws RelayError REQUEST_INVALID */
export function headerTimeoutMs(call: Call): number {
  const header = call.header(TIMEOUT_HEADER);
  if (header === undefined) return Number.POSITIVE_INFINITY;
  const timeoutMs = Number(header);
  if (/^\d+(\.\d+)?(e[-+]?\d+)?$/i.test(header) && timeoutMs > 0) return timeoutMs;
  throw invalid(`header ${TIMEOUT_HEADER} is not a number of milliseconds above 0`);
}

/** The parameter `timeout` is in microseconds; 0 is none. */
function parameterTimeoutMs({ timeout = 0 }: JsonObject): number {
  return asSize(timeout, "parameter timeout") / 1000 || Number.POSITIVE_INFINITY;
}

/**
 * How the scheduler is to treat a request: by its parameters `priority` and `timeout`, and the time limit that it
 * came with; the shorter counts. @throws RelayError REQUEST_INVALID
 */
export function scheduleOf(parameters: JsonObject, timeoutMs: number, signal: AbortSignalLike): InferOptions {
  const deadlineMs = Math.min(timeoutMs, parameterTimeoutMs(parameters));
  const priority = priorityOf(parameters);
  return deadlineMs <= MAX_TIMER_MS ? { signal, priority, deadlineMs } : { signal, priority };
}
