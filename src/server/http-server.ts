import http, { type RequestListener, type Server, type ServerOptions } from "node:http";
import https from "node:https";
import type { Socket } from "node:net";
import { RelayError } from "../core/index.ts";
import { errorAnswer } from "./error-answer.ts";
import type { HttpLimits } from "./http-limits.ts";
import { invalid } from "./invalid.ts";
import type { ServerTally } from "./observe/server-tally.ts";
import type { TlsFiles } from "./tls/tls-files.ts";
import type { UnusedConnections } from "./unused-connections.ts";

export const MAX_HEADER_BYTES: number = 16 * 1024;

/** How often connections are checked for being late; a late one may live so much longer. */
const CHECKS_PER_TIMEOUT = 4;
const MAX_CHECK_INTERVAL_MS = 5000;

function optionsOf({ headersTimeoutMs, requestTimeoutMs, keepAliveTimeoutMs }: HttpLimits): ServerOptions {
  const headersTimeout = Math.min(headersTimeoutMs, requestTimeoutMs);
  return {
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    connectionsCheckingInterval: Math.min(MAX_CHECK_INTERVAL_MS, Math.ceil(headersTimeout / CHECKS_PER_TIMEOUT)),
  };
}

function secured(tls: TlsFiles, options: ServerOptions, listener: RequestListener): Server {
  const { headersTimeout, ...others } = options;
  const server = https.createServer(
    { ...others, ...tls.serverOptions, ...(headersTimeout && { headersTimeout, handshakeTimeout: headersTimeout }) },
    listener,
  );
  tls.onChange(() => server.setSecureContext(tls.serverOptions));
  return server;
}

export interface HttpServerParts {
  readonly limits: HttpLimits;
  /** Undefined: without encryption. */
  readonly tls: TlsFiles | undefined;
  readonly tally: ServerTally;
  readonly unused: UnusedConnections;
}

/** An HTTP server, or an HTTPS one, that keeps count of its connections. */
export function createHttpServer({ limits, tls, tally, unused }: HttpServerParts, answer: RequestListener): Server {
  const options = optionsOf(limits);
  const listener: RequestListener = (request, response) => {
    unused.used(request.socket);
    answer(request, response);
  };
  const server = tls ? secured(tls, options, listener) : http.createServer(options, listener);
  // Headers are limited by their size; what is beyond a number of them would be dropped in silence.
  server.maxHeadersCount = 0;
  if (limits.maxConnections !== Number.POSITIVE_INFINITY) server.maxConnections = limits.maxConnections;
  server.on("connection", (socket: Socket) => {
    tally.connections++;
    socket.once("close", () => tally.connections--);
  });
  server.on(tls ? "secureConnection" : "connection", (socket: Socket) => unused.opened(socket));
  return server;
}

interface ClientError extends Error {
  readonly code?: string;
}

const CLIENT_ERRORS: Readonly<Record<string, () => RelayError>> = {
  ERR_HTTP_REQUEST_TIMEOUT: () => new RelayError("REQUEST_TIMEOUT", {}),
  HPE_HEADER_OVERFLOW: () => new RelayError("HEADERS_TOO_LARGE", { limit: `${MAX_HEADER_BYTES} bytes` }),
};

/** Answers what is no request, in the form of all errors, and ends the connection. */
export function refuseConnection(error: ClientError, socket: Socket, tally: ServerTally): void {
  if (error.code === "ECONNRESET" || socket.destroyed) return;
  const known = CLIENT_ERRORS[error.code ?? ""]?.() ?? invalid("it is no HTTP request");
  tally.refused(known.code);
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const { status = 400, headers, body } = errorAnswer(known);
  const lines = Object.entries({ ...headers, "content-length": Buffer.byteLength(body), connection: "close" });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  socket.end(`HTTP/1.1 ${status} ${http.STATUS_CODES[status]}\r\n${head}\r\n${body}`);
  socket.destroySoon();
}
