import type { OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import Fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type onRequestHookHandler,
} from "fastify";
import { type ErrorCode, RelayError } from "../core/index.ts";
import type { Answer } from "./answer.ts";
import { bodyFacts, readBody } from "./body-reader.ts";
import { type CorsOrigins, corsHeaders, PREFLIGHT } from "./cors.ts";
import { errorAnswer } from "./error-answer.ts";
import { HttpCall, NOWHERE, type Place, placeOf } from "./http-call.ts";
import { methodNotAllowed, relayError, routeUnknown } from "./http-errors.ts";
import type { HttpLimits } from "./http-limits.ts";
import { createHttpServer, refuseConnection } from "./http-server.ts";
import { prepareInferRequests } from "./infer-request.ts";
import { prepareInstances } from "./predictions.ts";
import type { Reception } from "./reception.ts";
import { decompressed, requireReadable } from "./request-body.ts";
import { compressed, MIN_COMPRESSED_BYTES } from "./response-body.ts";
import type { Route } from "./route.ts";
import { ROUTES } from "./routes/index.ts";
import type { Site } from "./site.ts";
import type { TlsFiles } from "./tls/tls-files.ts";
import { UnusedConnections } from "./unused-connections.ts";
import type { Visit } from "./visit.ts";

export interface HttpOptions {
  readonly maxBodyBytes: number;
  readonly limits: HttpLimits;
  readonly cors: CorsOrigins;
  /** Undefined: no encryption. */
  readonly tls: TlsFiles | undefined;
  readonly reception: Reception;
}

/** What the HTTP interface sees of the server. */
export interface HttpSite extends Site {
  /** Connections are to end with the answer that is under way. */
  readonly isClosing: boolean;
}

const NO_CONTENT = 204;
const MAX_HEADERS = 200;
const MAX_NAME_LENGTH = 256;
/** Answers up to this size leave at once, into the buffers of the operating system. */
const SMALL_ANSWER_BYTES = 64 * 1024;

type Visited = FastifyRequest & { visit?: Visit; call?: HttpCall };

/** Undefined: it failed before it entered. Requests whose address is none have no decorators, which must not be asked for. */
function visitOf(request: FastifyRequest): Visit | undefined {
  return (request as Visited).visit;
}

/** Headers to be added to those that the answer has already, of which this one may have several values. */
function withVary(headers: Answer["headers"], reply: FastifyReply): Answer["headers"] {
  const [before, vary] = [reply.getHeader("vary"), headers["vary"]];
  return before === undefined || vary === undefined ? headers : { ...headers, vary: `${before}, ${vary}` };
}

/** As `end(body)`, which writes the head, the body and an empty piece, in a call that takes longer than that of one piece. */
function endWith(response: ServerResponse, body: string | Uint8Array): void {
  const { socket } = response;
  socket?.cork();
  response.write(body);
  socket?.uncork();
  response.end();
}

/** Routes have no schemas that Fastify compiles. Its compilers would take a tenth of the time that the server needs to start. */
function noCompiler(): never {
  throw new Error("a route has a schema");
}

/** Fastify over the routes: reads bodies as bytes, and answers every failure in the same form. */
export class HttpInterface {
  readonly #site: HttpSite;
  readonly #options: HttpOptions;
  readonly #unused = new UnusedConnections();
  readonly #app: FastifyInstance;

  constructor(site: HttpSite, options: HttpOptions) {
    this.#site = site;
    this.#options = options;
    const { limits, tls } = options;
    this.#app = Fastify({
      serverFactory: (listener) => createHttpServer({ limits, tls, tally: site.tally, unused: this.#unused }, listener),
      clientErrorHandler: (error, socket) => refuseConnection(error, socket as Socket, site.tally),
      routerOptions: { maxParamLength: MAX_NAME_LENGTH, ignoreTrailingSlash: true },
      forceCloseConnections: "idle",
      return503OnClosing: false,
      logger: false,
      schemaController: { compilersFactory: { buildValidator: noCompiler, buildSerializer: noCompiler } },
      frameworkErrors: (error, request, reply) => void this.#fail(error, request, reply),
    });
    this.#define(ROUTES);
  }

  #define(routes: readonly Route[]): void {
    // Bodies are read past Fastify, which takes as long for one as for its route. Those of other methods are not read at all.
    this.#app.removeAllContentTypeParsers();
    this.#app.addHttpMethod("POST", { hasBody: false, overrideExisting: true });
    this.#app.decorateRequest("visit", undefined);
    for (const route of routes) this.#serve(route);
    for (const path of new Set(routes.map((route) => route.path))) this.#refuseOtherMethods(path, routes);
    this.#app.addHook("onRequest", (request, reply, done) => {
      if (!request.is404 || this.#enter(NOWHERE, request, reply)) done();
    });
    this.#app.setNotFoundHandler((request, reply) => this.#fail(routeUnknown(request), request, reply));
    this.#app.setErrorHandler<Error>((error, request, reply) => this.#fail(error, request, reply));
  }

  #doorTo(place: Place): onRequestHookHandler {
    return (request, reply, done) => {
      if (this.#enter(place, request, reply)) done();
    };
  }

  /** @returns false when the request has been answered @throws RelayError when it may not enter */
  #enter(place: Place, request: FastifyRequest, reply: FastifyReply): boolean {
    const call = new HttpCall(place, request, reply);
    const visit = this.#options.reception.receive(call);
    const visited: Visited = request;
    visited.visit = visit;
    visited.call = call;
    reply.header("x-request-id", visit.id);
    if (this.#answersPreflight(request, reply)) return false;
    if (request.raw.rawHeaders.length > 2 * MAX_HEADERS)
      throw new RelayError("HEADERS_TOO_LARGE", { limit: MAX_HEADERS });
    this.#options.reception.admit(visit);
    return true;
  }

  #answersPreflight(request: FastifyRequest, reply: FastifyReply): boolean {
    const { cors } = this.#options;
    if (cors.length === 0) return false;
    const allowed = corsHeaders(cors, request.headers.origin);
    reply.header("vary", "origin").headers(allowed ?? {});
    if (request.method !== "OPTIONS" || !request.headers["access-control-request-method"]) return false;
    void this.#send({ status: 204, headers: allowed ? PREFLIGHT : {}, body: "" }, request, reply);
    return true;
  }

  #serve(route: Route): void {
    this.#app.route({
      method: route.method,
      url: route.path,
      onRequest: this.#doorTo(placeOf(route)),
      handler: (request, reply) => void this.#answer(route, request, reply),
    });
  }

  async #answer({ method, answer }: Route, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { visit, call } = request as Required<Visited>;
    call.watch = this.#options.reception.watchOf(visit);
    try {
      if (method === "POST") call.body = await this.#read(request, reply);
      await this.#send(await answer(visit.site ?? this.#site, call), request, reply);
    } catch (error) {
      await this.#fail(error as Error, request, reply);
    }
  }

  /** @throws RelayError BODY_UNSUPPORTED, BODY_TOO_LARGE, REQUEST_INVALID */
  async #read(request: FastifyRequest, reply: FastifyReply): Promise<Uint8Array> {
    const { raw } = request;
    requireReadable(raw);
    try {
      return await readBody(decompressed(raw, reply.raw), bodyFacts(raw, this.#options.maxBodyBytes));
    } catch (error) {
      // The client may go on sending.
      reply.header("connection", "close");
      throw error;
    }
  }

  #refuseOtherMethods(path: string, routes: readonly Route[]): void {
    const own = routes.filter((route) => route.path === path);
    const legal: string[] = own.flatMap(({ method }) => (method === "GET" ? ["GET", "HEAD"] : method));
    const refuse = async (request: FastifyRequest, reply: FastifyReply): Promise<never> => {
      reply.header("allow", legal.join(", "));
      throw methodNotAllowed(request, legal.join(", "));
    };
    const method = this.#app.supportedMethods.filter((name) => !legal.includes(name));
    const enter = this.#doorTo({ ...NOWHERE, route: path });
    this.#app.route({ method, url: path, onRequest: [enter, refuse], handler: refuse });
  }

  #fail(error: Error, request: FastifyRequest, reply: FastifyReply): FastifyReply | Promise<FastifyReply> {
    const known = relayError(error);
    this.#options.reception.blame(visitOf(request), known.code, error);
    if (known.httpStatus === 401) reply.header("www-authenticate", "Bearer");
    return this.#send(errorAnswer(known, request.headers.accept), request, reply, known.code);
  }

  #send(
    answer: Answer,
    request: FastifyRequest,
    reply: FastifyReply,
    code?: ErrorCode,
  ): FastifyReply | Promise<FastifyReply> {
    if (Buffer.byteLength(answer.body) < MIN_COMPRESSED_BYTES) return this.#sendAs(answer, request, reply, code);
    return compressed(answer, request.headers["accept-encoding"]?.toString()).then((smaller) =>
      this.#sendAs(smaller, request, reply, code),
    );
  }

  /** Past Fastify, whose way of sending has nothing to add and takes several times as long. */
  #sendAs(answer: Answer, request: FastifyRequest, reply: FastifyReply, code?: ErrorCode): FastifyReply {
    const { status = 200, headers, body } = answer;
    const { reception, limits } = this.#options;
    const visit = visitOf(request);
    const bytesOut = Buffer.byteLength(body);
    if (visit) reception.leave(visit, { status, code, bytesIn: (request as Visited).call?.body.length ?? 0, bytesOut });
    reply.headers(withVary(headers, reply));
    if (this.#site.isClosing) reply.header("connection", "close");
    if (status !== NO_CONTENT) reply.header("content-length", bytesOut);
    const { raw } = reply.hijack();
    if (bytesOut > SMALL_ANSWER_BYTES) raw.setTimeout(limits.sendTimeoutMs);
    endWith(raw.writeHead(status, reply.getHeaders() as OutgoingHttpHeaders), body);
    return reply;
  }

  /** @returns the URL @throws what the operating system says */
  async listen(host: string, port: number): Promise<string> {
    prepareInferRequests();
    prepareInstances();
    const url = await this.#app.listen({ host, port });
    return this.#options.tls ? url.replace("http:", "https:") : url;
  }

  /** Takes no more connections and resolves when those that are open have been answered. */
  async close(): Promise<void> {
    this.#unused.drop();
    await this.#app.close();
  }

  /** Ends all connections, answered or not. */
  cut(): void {
    this.#app.server.closeAllConnections();
  }
}
