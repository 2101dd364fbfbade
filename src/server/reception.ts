import { performance } from "node:perf_hooks";
import type { TracerProvider } from "@opentelemetry/api";
import { ERRORS, type ErrorCode } from "../core/index.ts";
import { Access, presentedKey } from "./access/access.ts";
import { AllowedSite } from "./access/allowed-site.ts";
import type { ApiKey } from "./access/api-key.ts";
import type { Grant } from "./access/grant.ts";
import { RequestIds } from "./observe/request-ids.ts";
import { type RequestTrace, Tracing } from "./observe/request-trace.ts";
import type { ServerLog } from "./observe/server-log.ts";
import { traceIdOf } from "./observe/trace-context.ts";
import type { Site } from "./site.ts";
import { type Arrival, type Outcome, Visit } from "./visit.ts";

export interface ReceptionOptions {
  /** Undefined: everybody may do everything. */
  readonly keys: readonly ApiKey[] | undefined;
  /** Undefined: no spans. */
  readonly tracerProvider: TracerProvider | undefined;
  readonly log: ServerLog;
}

/** Where requests enter and leave the server, whatever carries them: keys, counts, log and traces. */
export class Reception {
  readonly #site: Site;
  readonly #log: ServerLog;
  readonly #ids = new RequestIds();
  readonly #tracing: Tracing | undefined;
  readonly #isWatching: boolean;
  #access: Access | undefined;
  #sites = new Map<Grant, Site>();

  constructor(site: Site, { keys, tracerProvider, log }: ReceptionOptions) {
    this.#site = site;
    this.#log = log;
    this.#tracing = tracerProvider && new Tracing(tracerProvider);
    this.#isWatching = log.hasAccess || this.#tracing !== undefined;
    if (keys) this.setKeys(keys);
  }

  /** From now on, only these keys are taken. */
  setKeys(keys: readonly ApiKey[]): void {
    this.#access = new Access(keys);
    this.#sites = new Map();
  }

  receive(arrival: Arrival): Visit {
    this.#site.tally.requests[arrival.carrier]++;
    const visit = new Visit(arrival, this.#ids.of(arrival.header("x-request-id")));
    if (this.#tracing && arrival.isInference) visit.trace = this.#tracing.start(visit);
    return visit;
  }

  /**
   * Lets a request in, as far as its key is good for.
   * @returns what of the server it may see @throws RelayError KEY_REQUIRED, KEY_UNKNOWN
   */
  admit(visit: Visit): Site {
    if (this.#access && !visit.arrival.isOpen) {
      const grant = this.#access.check(presentedKey(visit.arrival.header));
      visit.key = grant.name;
      visit.site = this.#siteFor(grant);
    } else {
      visit.site = this.#site;
    }
    return visit.site;
  }

  #siteFor(grant: Grant): Site {
    const site = this.#sites.get(grant) ?? new AllowedSite(this.#site, grant);
    this.#sites.set(grant, site);
    return site;
  }

  /** What is to be told of the request's inference; undefined when nobody wants to know. */
  watchOf(visit: Visit): Visit | undefined {
    return this.#isWatching ? visit : undefined;
  }

  /** Says in the log what was a failure of the server's own. @param visit undefined: the request failed before it entered */
  blame(visit: Visit | undefined, code: ErrorCode, cause: unknown): void {
    if (ERRORS[code].http === 500) this.#log.error("request failed", { requestId: visit?.id, code, err: cause });
  }

  /** To be called once, with the answer. */
  leave(visit: Visit, outcome: Outcome): void {
    if (outcome.code) this.#site.tally.refused(outcome.code);
    if (!this.#isWatching) return;
    visit.trace?.end(outcome);
    if (this.#log.hasAccess) this.#log.request(line(visit, outcome));
  }
}

function traceOf(trace: RequestTrace | undefined, { header }: Arrival): string | undefined {
  return trace?.traceId ?? traceIdOf(header("traceparent"));
}

/** Nothing that a client wrote but what is bounded: no address, no query, no body, no key. */
function line(visit: Visit, outcome: Outcome): Readonly<Record<string, unknown>> {
  const { id, arrival, model, rows, key, trace, startedMs } = visit;
  const { carrier, method, route, peer } = arrival;
  return {
    requestId: id,
    carrier,
    method,
    route,
    model: model?.name,
    version: model?.version,
    rows,
    ...outcome,
    durationMs: Math.round((performance.now() - startedMs) * 1000) / 1000,
    peer,
    key,
    traceId: traceOf(trace, arrival),
  };
}
