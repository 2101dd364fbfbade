import type { FastifyRequest } from "fastify";
import { RelayError } from "../core/index.ts";
import { invalid } from "./invalid.ts";

/** The part of an address that names a route, at a length fit for a message. */
function pathOf({ url }: FastifyRequest): string {
  return (url.split("?", 1)[0] ?? "").slice(0, 200);
}

export function routeUnknown(request: FastifyRequest): RelayError {
  return new RelayError("ROUTE_UNKNOWN", { path: pathOf(request) });
}

export function methodNotAllowed(request: FastifyRequest, legal: string): RelayError {
  return new RelayError("METHOD_NOT_ALLOWED", { method: request.method, path: pathOf(request), legal });
}

interface HttpError extends Error {
  readonly code?: unknown;
  readonly statusCode?: unknown;
}

/** What a request failed with, as one of ours. */
export function relayError(error: HttpError): RelayError {
  if (error instanceof RelayError) return error;
  const { code, statusCode, message } = error;
  if (code === "FST_ERR_MAX_PARAM_LENGTH") return new RelayError("ROUTE_UNKNOWN", { path: "so long an address" });
  if (typeof statusCode === "number" && statusCode < 500) return invalid(message, { cause: error });
  return new RelayError("INTERNAL", { reason: message }, { cause: error });
}
