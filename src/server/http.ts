import type { Readable } from "node:stream";
import Fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type HTTPMethods,
  type RouteShorthandOptions,
} from "fastify";
import type { Answer } from "./answer.ts";
import type { Call } from "./call.ts";
import { errorAnswer } from "./error-answer.ts";
import { methodNotAllowed, relayError, routeUnknown } from "./http-errors.ts";
import { decompressed, requireReadable } from "./request-body.ts";
import { compressed } from "./response-body.ts";
import type { Route } from "./route.ts";
import { ROUTES } from "./routes/index.ts";
import type { Site } from "./site.ts";

/** Which events the server logs, as JSON lines on stderr. `info` has a line for every request. */
export type LogLevel = "silent" | "error" | "warn" | "info";

export interface HttpOptions {
  readonly maxBodyBytes: number;
  readonly logLevel: LogLevel;
}

/** What the HTTP interface sees of the server. */
export interface HttpSite extends Site {
  /** Connections are to end with the answer that is under way. */
  readonly isClosing: boolean;
}

/** How long a client may take to send a request. */
const REQUEST_TIMEOUT_MS = 60_000;
const MAX_HEADER_BYTES = 16 * 1024;
const MAX_NAME_LENGTH = 256;

const METHODS: readonly HTTPMethods[] = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
const NO_BODY = new Uint8Array();

const READ_BODY: Pick<RouteShorthandOptions, "onRequest" | "preParsing"> = {
  onRequest: async (request) => requireReadable(request),
  preParsing: async (request, _reply, body) => decompressed(request, body as Readable),
};

/** Aborts when the connection ends before the answer has been sent. */
function disconnection({ raw }: FastifyReply): AbortSignal {
  const controller = new AbortController();
  const abort = (): void => {
    if (!raw.writableFinished) controller.abort("the client disconnected");
  };
  if (raw.closed) abort();
  else raw.once("close", abort);
  return controller.signal;
}

function callOf(request: FastifyRequest, reply: FastifyReply): Call {
  return {
    params: request.params as Call["params"],
    body: request.body instanceof Uint8Array ? request.body : NO_BODY,
    get signal() {
      return disconnection(reply);
    },
    header: (name) => request.headers[name]?.toString(),
  };
}

function acceptedEncodings({ request }: FastifyReply): string | undefined {
  return request.headers["accept-encoding"]?.toString();
}

/** Fastify over the routes: reads bodies as bytes, and answers every failure in the same form. */
export class HttpInterface {
  readonly #site: HttpSite;
  readonly #options: HttpOptions;
  readonly #app: FastifyInstance;

  constructor(site: HttpSite, options: HttpOptions) {
    this.#site = site;
    this.#options = options;
    this.#app = Fastify({
      bodyLimit: options.maxBodyBytes,
      requestTimeout: REQUEST_TIMEOUT_MS,
      http: { maxHeaderSize: MAX_HEADER_BYTES },
      routerOptions: { maxParamLength: MAX_NAME_LENGTH, ignoreTrailingSlash: true },
      forceCloseConnections: "idle",
      return503OnClosing: false,
      logger: options.logLevel === "silent" ? false : { level: options.logLevel, stream: process.stderr },
    });
    this.#define(ROUTES);
  }

  #define(routes: readonly Route[]): void {
    this.#app.removeAllContentTypeParsers();
    this.#app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
    for (const route of routes) this.#serve(route);
    for (const path of new Set(routes.map((route) => route.path))) this.#refuseOtherMethods(path, routes);
    this.#app.setNotFoundHandler((request, reply) => this.#fail(routeUnknown(request), request, reply));
    this.#app.setErrorHandler<Error>((error, request, reply) => this.#fail(error, request, reply));
  }

  #serve({ method, path, answer }: Route): void {
    this.#app.route({
      method,
      url: path,
      ...(method === "POST" && READ_BODY),
      handler: async (request, reply) => this.#send(await answer(this.#site, callOf(request, reply)), reply),
    });
  }

  #refuseOtherMethods(path: string, routes: readonly Route[]): void {
    const legal: string[] = routes.filter((route) => route.path === path).map(({ method }) => method);
    const refuse = async (request: FastifyRequest, reply: FastifyReply): Promise<never> => {
      reply.header("allow", legal.join(", "));
      throw methodNotAllowed(request, legal.join(", "));
    };
    const method = METHODS.filter((name) => !legal.includes(name));
    this.#app.route({ method, url: path, onRequest: refuse, handler: refuse });
  }

  #fail(error: Error, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const known = relayError(error, this.#options.maxBodyBytes);
    if (known.httpStatus === 500) request.log.error({ err: error }, known.code);
    return this.#send(errorAnswer(known), reply);
  }

  async #send(answer: Answer, reply: FastifyReply): Promise<FastifyReply> {
    const { status = 200, headers, body } = await compressed(answer, acceptedEncodings(reply));
    if (this.#site.isClosing) reply.header("connection", "close");
    return reply.code(status).headers(headers).send(body);
  }

  /** @returns the URL @throws what the operating system says */
  listen(host: string, port: number): Promise<string> {
    return this.#app.listen({ host, port });
  }

  /** Takes no more connections and resolves when those that are open have been answered. */
  async close(): Promise<void> {
    await this.#app.close();
  }

  /** Ends all connections, answered or not. */
  cut(): void {
    this.#app.server.closeAllConnections();
  }
}
