import { RelayError, type Tensor } from "../core/index.ts";
import { type ClassScore, readClasses } from "./classes.ts";
import { readResponse, writeRequest } from "./message.ts";
import { reasonOf } from "./reason.ts";
import { withRetries } from "./retry.ts";

export interface ClientOptions {
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** How often a request is sent again that the server could not take (429, 503). Default 2. */
  readonly retries?: number;
}

/** Options of one request. */
export interface ClientInferOptions {
  /** Default: the server's choice, usually the highest. */
  readonly version?: string;
  /** Names of the outputs to send. Default: all. */
  readonly outputs?: readonly string[];
  /** How long the request may wait at the server for its turn, in milliseconds. */
  readonly deadlineMs?: number;
  /** 1 is the highest, higher numbers come later; 0 and none are the server's default. */
  readonly priority?: number;
  readonly id?: string;
  readonly signal?: AbortSignal;
}

export interface ClassifyOptions extends ClientInferOptions {
  /** How many of the best classes of each row to give. Default 1. */
  readonly classes?: number;
}

export interface TensorMetadata {
  readonly name: string;
  readonly datatype: string;
  /** -1 = variable. */
  readonly shape: readonly number[];
}

export interface ModelMetadata {
  readonly name: string;
  readonly versions?: readonly string[];
  readonly platform: string;
  readonly inputs: readonly TensorMetadata[];
  readonly outputs: readonly TensorMetadata[];
}

const HEADER_LENGTH = "inference-header-content-length";
const DEFAULT_RETRIES = 2;

/** Elements of tensors compress too badly to be worth the time. */
const BINARY_HEADERS = { "content-type": "application/octet-stream", "accept-encoding": "identity" } as const;

function modelPath(model: string, version: string | undefined): string {
  const path = `/v2/models/${encodeURIComponent(model)}`;
  return version === undefined ? path : `${path}/versions/${encodeURIComponent(version)}`;
}

/** @param form parameters of each output that is named @param isBinary whether those that are not are binary data */
function requestFields(
  { id, outputs, priority, deadlineMs }: ClientInferOptions,
  form: Readonly<Record<string, unknown>>,
  isBinary: boolean,
): Readonly<Record<string, unknown>> {
  const timeout = deadlineMs === undefined ? undefined : Math.ceil(deadlineMs * 1000);
  return {
    id,
    outputs: outputs?.map((name) => ({ name, parameters: form })),
    parameters: { binary_data_output: isBinary, priority, timeout },
  };
}

/** An answer that has arrived whole. */
interface Answer {
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** What a failed answer says, where it says it as the protocol does. */
function messageOf(body: Uint8Array): { readonly message: string; readonly remoteCode?: unknown } {
  const text = new TextDecoder().decode(body);
  try {
    const { error, code } = JSON.parse(text) as { readonly error: unknown; readonly code?: unknown };
    return { message: String(error), ...(code !== undefined && { remoteCode: code }) };
  } catch {
    return { message: text.slice(0, 200) || "nothing more" };
  }
}

/** The error that a failed answer stands for. */
function refusal({ url, status, headers, body }: Answer): RelayError {
  const retryAfterMs = Number.parseFloat(headers.get("retry-after") ?? "") * 1000;
  const told = Number.isFinite(retryAfterMs) ? { retryAfterMs } : {};
  return new RelayError("SERVER_REFUSED", { url, status, ...messageOf(body), ...told });
}

function isOk({ status }: Answer): boolean {
  return status >= 200 && status < 300;
}

/** Reads an answer. @throws RelayError SERVER_REFUSED when that cannot be done */
function readable<T>({ url, status, body }: Answer, read: (body: Uint8Array) => T): T {
  try {
    return read(body);
  } catch (error) {
    const message = `what cannot be read: ${reasonOf(error)}`;
    throw new RelayError("SERVER_REFUSED", { url, status, message }, { cause: error });
  }
}

function requireHttp(url: string): void {
  if (!URL.canParse(url) || /^https?:/i.test(url)) return;
  throw new RelayError("OPTION_INVALID", { option: "url", given: url, legal: "a URL such as http://localhost:8000" });
}

/** Speaks to any server of the Open Inference Protocol over HTTP. Holds no connection: there is nothing to close. */
export class Client {
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #retries: number;

  /**
   * @param url of the server, such as `http://localhost:8000`; in a page it may be relative
   * @throws RelayError OPTION_INVALID for a URL of another scheme, as `localhost:8000` is one
   */
  constructor(url: string, { headers = {}, retries = DEFAULT_RETRIES }: ClientOptions = {}) {
    requireHttp(url);
    this.#url = url.replace(/\/+$/, "");
    this.#headers = headers;
    this.#retries = retries;
  }

  async #fetch(path: string, init: RequestInit = {}): Promise<Answer> {
    const url = this.#url + path;
    try {
      const response = await fetch(url, { ...init, headers: { ...this.#headers, ...init.headers } });
      const { status, headers } = response;
      return { url, status, headers, body: new Uint8Array(await response.arrayBuffer()) };
    } catch (error) {
      const reason = init.signal?.aborted ? init.signal.reason : ((error as Error).cause ?? error);
      if (init.signal?.aborted) throw new RelayError("CANCELLED", { reason: reasonOf(reason) }, { cause: error });
      throw new RelayError("SERVER_UNREACHABLE", { url, reason: reasonOf(reason) }, { cause: error });
    }
  }

  /** As {@link #fetch}; answers that are failures are errors. */
  async #request(path: string, init?: RequestInit): Promise<Answer> {
    const answer = await this.#fetch(path, init);
    if (isOk(answer)) return answer;
    throw refusal(answer);
  }

  /** Whether the server, or a model of it, takes requests. @throws RelayError SERVER_UNREACHABLE */
  async ready(model?: string, version?: string): Promise<boolean> {
    return isOk(await this.#fetch(model === undefined ? "/v2/health/ready" : `${modelPath(model, version)}/ready`));
  }

  /** What a model takes and gives. @throws RelayError SERVER_UNREACHABLE, SERVER_REFUSED */
  async metadata(model: string, version?: string): Promise<ModelMetadata> {
    const answer = await this.#request(modelPath(model, version));
    return readable(answer, (body) => JSON.parse(new TextDecoder().decode(body)) as ModelMetadata);
  }

  async #send(
    model: string,
    inputs: Readonly<Record<string, Tensor>>,
    fields: Readonly<Record<string, unknown>>,
    { signal, version }: ClientInferOptions,
  ): Promise<Answer> {
    const { body, jsonBytes } = writeRequest(inputs, fields);
    const headers = { ...BINARY_HEADERS, [HEADER_LENGTH]: String(jsonBytes) };
    const init = { method: "POST", body, headers, ...(signal && { signal }) };
    const path = `${modelPath(model, version)}/infer`;
    return withRetries(() => this.#request(path, init), this.#retries, signal);
  }

  /**
   * Runs a model. Tensors travel as binary data.
   * @throws RelayError TENSOR_INVALID, SERVER_UNREACHABLE, SERVER_REFUSED, CANCELLED
   */
  async infer(
    model: string,
    inputs: Readonly<Record<string, Tensor>>,
    options: ClientInferOptions = {},
  ): Promise<Record<string, Tensor>> {
    const answer = await this.#send(model, inputs, requestFields(options, { binary_data: true }, true), options);
    const length = answer.headers.get(HEADER_LENGTH);
    return readable(answer, (bytes) => readResponse(bytes, length === null ? undefined : Number(length)));
  }

  /**
   * Runs a model and gives the best classes of each row, best first, as the server's classification extension finds them.
   * Without `outputs`, it first asks which there are.
   * @throws RelayError as {@link infer}
   */
  async classify(
    model: string,
    inputs: Readonly<Record<string, Tensor>>,
    { classes = 1, ...options }: ClassifyOptions = {},
  ): Promise<Record<string, ClassScore[][]>> {
    const outputs = options.outputs ?? (await this.metadata(model, options.version)).outputs.map(({ name }) => name);
    const fields = requestFields({ ...options, outputs }, { classification: classes }, false);
    return readable(await this.#send(model, inputs, fields, options), readClasses);
  }
}
