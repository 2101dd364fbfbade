/** gRPC status codes by name, as in google.rpc.Code. */
export type GrpcStatus =
  | "CANCELLED"
  | "INVALID_ARGUMENT"
  | "DEADLINE_EXCEEDED"
  | "NOT_FOUND"
  | "PERMISSION_DENIED"
  | "UNAUTHENTICATED"
  | "RESOURCE_EXHAUSTED"
  | "FAILED_PRECONDITION"
  | "UNIMPLEMENTED"
  | "INTERNAL"
  | "UNAVAILABLE";

/**
 * Every error torchrelay reports to its callers. Codes are stable and never reused; `docs/errors.md` lists them.
 * In a template, `{field}` marks what the thrower must supply; the supplied fields become `error.details`.
 */
export const ERRORS = {
  FILE_UNREADABLE: { http: 404, grpc: "NOT_FOUND", template: "cannot read {file}: {reason}" },
  FILE_UNWRITABLE: { http: 500, grpc: "INTERNAL", template: "cannot write {file}: {reason}" },
  FORMAT_UNKNOWN: {
    http: 400,
    grpc: "INVALID_ARGUMENT",
    template: "{file} is {found}; torchrelay runs {accepted}",
  },
  FILE_CORRUPT: { http: 400, grpc: "INVALID_ARGUMENT", template: "{file} is damaged: {problem}" },
  LIMIT_EXCEEDED: {
    http: 400,
    grpc: "INVALID_ARGUMENT",
    template: "{file}: {what} is {given}; the limit {limit} allows {allowed}",
  },
  PICKLE_REFUSED: {
    http: 400,
    grpc: "INVALID_ARGUMENT",
    template: "{file}: the pickle asks for {global}, which is not plain tensor data; nothing was executed",
  },
  MODEL_UNSUPPORTED: { http: 501, grpc: "UNIMPLEMENTED", template: "{file}: {feature} is not supported; {hint}" },
  MUTATION_UNSUPPORTED: {
    http: 501,
    grpc: "UNIMPLEMENTED",
    template: "{node} changes a tensor in place, which cannot be followed: {reason}; {hint}",
  },
  OPERATORS_UNSUPPORTED: { http: 501, grpc: "UNIMPLEMENTED", template: "{model} cannot run:\n{list}" },
  GRAPH_INVALID: {
    http: 400,
    grpc: "INVALID_ARGUMENT",
    template: "the graph after {stage} is not well-formed: {rule}",
  },
  STATE_DICT_MISMATCH: {
    http: 400,
    grpc: "INVALID_ARGUMENT",
    template: "the state dict does not fit {module}: {problems}",
  },
  OPTION_INVALID: { http: 400, grpc: "INVALID_ARGUMENT", template: "option {option} is {given}; legal: {legal}" },
  TENSOR_INVALID: { http: 400, grpc: "INVALID_ARGUMENT", template: "not a tensor: {given}; legal: {legal}" },
  INPUT_NAME: { http: 400, grpc: "INVALID_ARGUMENT", template: "inputs are {given}; the model takes {legal}" },
  INPUT_DTYPE: { http: 400, grpc: "INVALID_ARGUMENT", template: "input {name} is {given}; the model takes {legal}" },
  INPUT_SHAPE: {
    http: 400,
    grpc: "INVALID_ARGUMENT",
    template: "input {name} has shape {given}; the model takes {legal}",
  },
  INPUT_VALUE: {
    http: 400,
    grpc: "INVALID_ARGUMENT",
    template: "the model refuses the values of its inputs: {reason}",
  },
  QUEUE_FULL: {
    http: 429,
    grpc: "RESOURCE_EXHAUSTED",
    template: "the queue holds {queued} rows of at most {capacity}; retry after {retryAfterMs} ms",
  },
  SERVER_BUSY: {
    http: 429,
    grpc: "RESOURCE_EXHAUSTED",
    template:
      "{pending} bytes of large bodies wait to be read or written, of at most {limit}; retry after {retryAfterMs} ms",
  },
  DEADLINE_EXCEEDED: {
    http: 504,
    grpc: "DEADLINE_EXCEEDED",
    template: "the deadline of {deadlineMs} ms passed after {waitedMs} ms in the queue; nothing was computed",
  },
  CANCELLED: { http: 499, grpc: "CANCELLED", template: "the request was cancelled: {reason}" },
  MODEL_CLOSED: { http: 503, grpc: "UNAVAILABLE", template: "the model is closed and takes no requests" },
  WORKER_DIED: {
    http: 503,
    grpc: "UNAVAILABLE",
    template: "worker {worker} died ({reason}) and took this request with it; it is being replaced and a retry is safe",
  },
  RUN_FAILED: { http: 500, grpc: "INTERNAL", template: "the model failed while running: {reason}" },
  RUNTIME_UNAVAILABLE: { http: 500, grpc: "INTERNAL", template: "ONNX Runtime is not usable here: {reason}; {hint}" },
  REQUEST_INVALID: { http: 400, grpc: "INVALID_ARGUMENT", template: "the request is not well-formed: {problem}" },
  OUTPUT_NAME: { http: 400, grpc: "INVALID_ARGUMENT", template: "outputs are {given}; the model gives {legal}" },
  MODEL_UNKNOWN: { http: 404, grpc: "NOT_FOUND", template: "there is no model {model}; {hint}" },
  MODEL_NOT_READY: { http: 503, grpc: "UNAVAILABLE", template: "model {model} is not ready: {reason}" },
  CONFIG_INVALID: { http: 400, grpc: "INVALID_ARGUMENT", template: "{file} is not valid: {problem}" },
  REPOSITORY_INVALID: { http: 400, grpc: "INVALID_ARGUMENT", template: "model {model} is ambiguous: {problem}" },
  REPOSITORY_OFF: {
    http: 403,
    grpc: "PERMISSION_DENIED",
    template: "this server does not let its clients list, load or unload models",
  },
  SERVER_CLOSING: { http: 503, grpc: "UNAVAILABLE", template: "the server is closing; a retry elsewhere is safe" },
  KEY_REQUIRED: {
    http: 401,
    grpc: "UNAUTHENTICATED",
    template: "this server asks for an API key, as Authorization: Bearer KEY or as x-api-key: KEY",
  },
  KEY_UNKNOWN: { http: 401, grpc: "UNAUTHENTICATED", template: "the API key is not one that this server knows" },
  MODEL_FORBIDDEN: { http: 403, grpc: "PERMISSION_DENIED", template: "the API key is not for model {model}" },
  REPOSITORY_FORBIDDEN: {
    http: 403,
    grpc: "PERMISSION_DENIED",
    template: "the API key does not allow to list, load or unload models",
  },
  ROUTE_UNKNOWN: { http: 404, grpc: "NOT_FOUND", template: "there is nothing at {path}; /docs tells what there is" },
  METHOD_NOT_ALLOWED: { http: 405, grpc: "UNIMPLEMENTED", template: "{method} is not for {path}; legal: {legal}" },
  REQUEST_TIMEOUT: { http: 408, grpc: "DEADLINE_EXCEEDED", template: "the request did not arrive in time" },
  HEADERS_TOO_LARGE: { http: 431, grpc: "RESOURCE_EXHAUSTED", template: "the headers are larger than {limit}" },
  BODY_TOO_LARGE: { http: 413, grpc: "RESOURCE_EXHAUSTED", template: "the body is larger than {limit} bytes" },
  BODY_UNSUPPORTED: { http: 415, grpc: "INVALID_ARGUMENT", template: "the body is {given}; the server takes {legal}" },
  ADDRESS_UNAVAILABLE: { http: 500, grpc: "UNAVAILABLE", template: "cannot listen on {address}: {reason}" },
  INTERNAL: { http: 500, grpc: "INTERNAL", template: "the server failed: {reason}" },
  SERVER_UNREACHABLE: { http: 503, grpc: "UNAVAILABLE", template: "cannot reach {url}: {reason}" },
  SERVER_REFUSED: { http: 502, grpc: "INTERNAL", template: "{url} answered {status}: {message}" },
} as const;

export type ErrorCode = keyof typeof ERRORS;

type FieldsOf<T extends string> = T extends `${string}{${infer K}}${infer Rest}` ? K | FieldsOf<Rest> : never;

/** What a thrower of `C` must say; further structured fields may be added. */
export type ErrorDetails<C extends ErrorCode> = Readonly<
  Record<FieldsOf<(typeof ERRORS)[C]["template"]>, string | number> & Record<string, unknown>
>;

/** The one error class: `code` says which kind, `details` holds the structured facts of the message. */
export class RelayError<C extends ErrorCode = ErrorCode> extends Error {
  readonly code: C;
  readonly details: ErrorDetails<C>;

  constructor(code: C, details: ErrorDetails<C>, options?: ErrorOptions) {
    super(
      ERRORS[code].template.replace(/\{(\w+)\}/g, (_, field: string) =>
        String((details as Record<string, unknown>)[field]),
      ),
      options,
    );
    this.name = "RelayError";
    this.code = code;
    this.details = details;
  }

  get httpStatus(): number {
    return ERRORS[this.code].http;
  }

  get grpcStatus(): GrpcStatus {
    return ERRORS[this.code].grpc;
  }
}

/** The form in which an error crosses a thread: plain data, revived by {@link reviveError}. */
export interface ErrorData {
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;
}

export function errorData(error: unknown): ErrorData {
  if (error instanceof RelayError) return { code: error.code, details: error.details };
  const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code: "RUN_FAILED", details: { reason } };
}

export function reviveError(data: ErrorData): RelayError {
  return new RelayError(data.code, data.details as ErrorDetails<ErrorCode>);
}
