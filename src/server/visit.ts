import { performance } from "node:perf_hooks";
import type { ErrorCode } from "../core/index.ts";
import type { BatchEvent } from "../scheduler/index.ts";
import type { HeaderOf } from "./access/access.ts";
import type { ModelIdentity } from "./infer-response.ts";
import type { InferenceWatch } from "./observe/inference-watch.ts";
import type { RequestTrace } from "./observe/request-trace.ts";
import type { Carrier } from "./observe/server-tally.ts";
import type { Site } from "./site.ts";

/** What is known of a request when its headers have come. */
export interface Arrival {
  readonly carrier: Carrier;
  /** `GET`, or the name of a gRPC method. */
  readonly method: string;
  /** The path of the route, or the gRPC service: one of those there are, whatever the client asked for. */
  readonly route: string;
  /** Whether no key is asked for. */
  readonly isOpen: boolean;
  readonly isInference: boolean;
  /** Address of the client. */
  readonly peer: string | undefined;
  readonly header: HeaderOf;
}

/** How a request ended. */
export interface Outcome {
  /** Of HTTP or gRPC. */
  readonly status: number;
  /** Of the error; undefined: there is none. */
  readonly code?: ErrorCode | undefined;
  /** Of the body as it was read, without its compression. */
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** A request from its headers to its answer: what the log and the trace are to say of it. */
export class Visit implements InferenceWatch {
  readonly arrival: Arrival;
  readonly id: string;
  /** What of the server it may see. */
  readonly startedMs: number = performance.now();
  site: Site | undefined;
  /** Name of the key that it came with. */
  key: string | undefined;
  trace: RequestTrace | undefined;
  model: ModelIdentity | undefined;
  rows: number | undefined;

  constructor(arrival: Arrival, id: string) {
    this.arrival = arrival;
    this.id = id;
  }

  began(model: ModelIdentity, rows: number): void {
    this.model = model;
    this.rows = rows;
    this.trace?.began(model, rows);
  }

  ran(event: BatchEvent): void {
    this.trace?.ran(event);
  }
}
