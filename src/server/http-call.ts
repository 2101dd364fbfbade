import type { FastifyReply, FastifyRequest } from "fastify";
import { Cancellation } from "../util/index.ts";
import type { HeaderOf } from "./access/access.ts";
import type { Call } from "./call.ts";
import type { InferenceWatch } from "./observe/inference-watch.ts";
import { isOpen, type Route } from "./route.ts";
import type { Arrival } from "./visit.ts";

/** What is known of a request by its route. */
export type Place = Pick<Arrival, "route" | "isOpen" | "isInference">;

export const NOWHERE: Place = { route: "", isOpen: false, isInference: false };

export function placeOf(route: Route): Place {
  return { route: route.path, isOpen: isOpen(route), isInference: route.operation.tag === "inference" };
}

const NO_BODY = new Uint8Array();

/** A request over HTTP, as its route and the reception see it. */
export class HttpCall implements Call, Arrival {
  readonly carrier = "http" as const;
  readonly #place: Place;
  readonly #request: FastifyRequest;
  readonly #reply: FastifyReply;
  /** A property, since it is passed on by itself. */
  readonly header: HeaderOf = (name) => this.#request.headers[name]?.toString();
  watch: InferenceWatch | undefined;
  /** Set when it has been read. */
  body: Uint8Array = NO_BODY;

  constructor(place: Place, request: FastifyRequest, reply: FastifyReply) {
    this.#place = place;
    this.#request = request;
    this.#reply = reply;
  }

  get method(): string {
    return this.#request.method;
  }

  get route(): string {
    return this.#place.route;
  }

  get isOpen(): boolean {
    return this.#place.isOpen;
  }

  get isInference(): boolean {
    return this.#place.isInference;
  }

  get peer(): string {
    return this.#request.ip;
  }

  get params(): Call["params"] {
    return this.#request.params as Call["params"];
  }

  /** Aborts when the connection ends before the answer has been sent. */
  get signal(): Cancellation {
    const { raw } = this.#reply;
    const cancellation = new Cancellation();
    const abort = (): void => {
      if (!raw.writableFinished) cancellation.abort("the client disconnected");
    };
    if (raw.closed) abort();
    else raw.on("close", abort);
    return cancellation;
  }
}
