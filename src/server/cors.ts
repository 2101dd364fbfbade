import { RelayError } from "../core/index.ts";

/** Pages of which origins may call the server from a browser: exact ones such as `https://example.org`, or `*`. */
export type CorsOrigins = readonly string[];

/** Of a page, or of an application with a scheme of its own. Pages that are files have the origin `null`. */
const ORIGIN = /^(?:\*|null|[a-z][a-z\d+.-]*:\/\/[^/?#*\s]+)$/;

/** Browsers send an origin as they write it: in lower case, without a path or a standard port. */
function isOrigin(text: string): boolean {
  return ORIGIN.test(text) && (!text.startsWith("http") || (URL.canParse(text) && new URL(text).origin === text));
}

/** @throws RelayError OPTION_INVALID for what no browser sends as an origin */
export function requireOrigins(origins: CorsOrigins): void {
  const given = origins.find((origin) => !isOrigin(origin));
  if (given === undefined) return;
  const legal = "origins such as https://example.org or http://localhost:3000, or *";
  throw new RelayError("OPTION_INVALID", { option: "cors", given, legal });
}

/** Answers' headers that a page may read, apart from those that it always may. */
const EXPOSED = "inference-header-content-length, retry-after, x-request-id";
const ALLOWED_METHODS = "GET, POST";
const ALLOWED_HEADERS =
  "authorization, content-encoding, content-type, inference-header-content-length, traceparent, tracestate, x-api-key, x-request-id, x-request-timeout-ms";
/** How long browsers may remember a preflight. */
const MAX_AGE_S = "600";

type Headers = Readonly<Record<string, string>>;

/** Undefined: the page may not. Keys are sent by pages themselves, so that cookies need not be allowed. */
export function corsHeaders(origins: CorsOrigins, origin: string | undefined): Headers | undefined {
  if (origin === undefined) return undefined;
  if (origins.includes("*")) return { "access-control-allow-origin": "*", "access-control-expose-headers": EXPOSED };
  if (!origins.includes(origin)) return undefined;
  return { "access-control-allow-origin": origin, "access-control-expose-headers": EXPOSED };
}

/** What a browser asks before it lets a page call. */
export const PREFLIGHT: Headers = {
  "access-control-allow-methods": ALLOWED_METHODS,
  "access-control-allow-headers": ALLOWED_HEADERS,
  "access-control-max-age": MAX_AGE_S,
};
