import { RelayError } from "../core/index.ts";

/** How long clients may take over HTTP, and how many there may be. */
export interface HttpLimits {
  /** From a request's first byte to the end of its headers. Default 20 s. */
  readonly headersTimeoutMs: number;
  /** From a request's first byte to the end of its body. Default 60 s. */
  readonly requestTimeoutMs: number;
  /** How long a connection may stay open between requests. Default 72 s, which is longer than load balancers wait. */
  readonly keepAliveTimeoutMs: number;
  /** How long a client may go without taking anything of a large answer. Default 60 s. */
  readonly sendTimeoutMs: number;
  /** Connections at a time; beyond, they are closed at once. Default: no limit. */
  readonly maxConnections: number;
}

const DEFAULTS: HttpLimits = {
  headersTimeoutMs: 20_000,
  requestTimeoutMs: 60_000,
  keepAliveTimeoutMs: 72_000,
  sendTimeoutMs: 60_000,
  maxConnections: Number.POSITIVE_INFINITY,
};

/** The longest time that a timer can wait. */
const MAX_TIMER_MS = 2 ** 31 - 1;

function isLegal(value: number): boolean {
  return value === Number.POSITIVE_INFINITY || (Number.isSafeInteger(value) && value >= 1);
}

/** The limits that are given, and the defaults of the others. @throws RelayError OPTION_INVALID */
export function httpLimits(given: Partial<HttpLimits>): HttpLimits {
  const names = Object.keys(DEFAULTS) as (keyof HttpLimits)[];
  const entries = names.map((option): [string, number] => {
    const value = given[option] ?? DEFAULTS[option];
    if (!isLegal(value)) throw new RelayError("OPTION_INVALID", { option, given: value, legal: "a whole number ≥ 1" });
    return [option, option === "maxConnections" ? value : Math.min(value, MAX_TIMER_MS)];
  });
  return Object.fromEntries(entries) as unknown as HttpLimits;
}
