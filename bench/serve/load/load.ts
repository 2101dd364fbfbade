/** How the numbers of an answer are written. */
export type AnswerForm = "json" | "binary" | "grpc";

/** So many clients that each wait for an answer before they ask again. */
export interface ClosedLoop {
  readonly kind: "closed";
  readonly clients: number;
}

/** Requests that come at random times (Poisson), whether those before have been answered or not. */
export interface OpenLoop {
  readonly kind: "open";
  readonly requestsPerSecond: number;
}

/** What the load generator is to do. */
export interface Load {
  readonly port: number;
  readonly protocol: "http" | "grpc";
  /** Whole HTTP requests, or messages of gRPC; which one is sent next is random. */
  readonly requests: readonly Uint8Array[];
  /** The numbers that answer each request. */
  readonly expected: readonly (readonly number[])[];
  readonly answerForm: AnswerForm;
  readonly arrivals: ClosedLoop | OpenLoop;
  /** How long to measure at least; slow servers are measured until each client has its answer. */
  readonly seconds: number;
  readonly seed: number;
  /** Whether to wait at the end for answers that are under way; not needed when the server is ended. */
  readonly drains: boolean;
}

export interface LoadResult {
  /** Right answers within the measured time. */
  readonly answered: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  /** What went wrong, and how often. */
  readonly failures: Readonly<Record<string, number>>;
  /** Answers whose numbers were compared. */
  readonly checked: number;
}

/** What the load generator tells, in this order. */
export type LoadEvent =
  | { readonly kind: "measuring" }
  | { readonly kind: "measured" }
  | { readonly kind: "done"; readonly result: LoadResult };
