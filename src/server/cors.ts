/** Pages of which origins may call the server from a browser: exact ones such as `https://example.org`, or `*`. */
export type CorsOrigins = readonly string[];

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
