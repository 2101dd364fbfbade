import { setTimeout as sleep } from "node:timers/promises";
import { RelayError } from "../core/index.ts";
import type { Engine, Model, ModelFile, ModelOptions } from "../engine/index.ts";
import type { GrpcInterface } from "./grpc/index.ts";
import { HttpInterface, type LogLevel } from "./http.ts";
import { unservable } from "./metadata.ts";
import { ServerSite } from "./server-site.ts";

export interface ServerOptions {
  /** Bytes of a request's body; beyond, clients get BODY_TOO_LARGE. Default 64 MiB. */
  readonly maxBodyBytes?: number;
  /** What is logged, as JSON lines on stderr. Default `silent`. */
  readonly logLevel?: LogLevel;
}

/** Where to listen. */
export interface ListenOptions {
  /** Default 127.0.0.1: this machine only. */
  readonly host?: string;
  /** Default 8000, and 8001 for gRPC; 0 = any that is free. */
  readonly port?: number;
}

export interface CloseOptions {
  /** How long to go on serving, already not ready, so that those who ask for readiness can look elsewhere. Default 0. */
  readonly graceMs?: number;
  /** Cancels what is under way; also ends a close that has begun. */
  readonly force?: boolean;
}

const MAX_BODY_BYTES = 64 * 2 ** 20;
const DEFAULT_VERSION = "1";

/** The refusal of a model with tensors that the protocol cannot express. */
function refusal(name: string, { signature }: Model): RelayError | undefined {
  const [bad] = unservable(signature);
  if (!bad) return undefined;
  const feature = `${bad.name} of dtype ${bad.dtype} over the Open Inference Protocol`;
  const hint = "export the model with real inputs and outputs";
  return new RelayError("MODEL_UNSUPPORTED", { file: name, feature, hint });
}

function addressUnavailable(host: string, port: number, cause: unknown): RelayError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new RelayError("ADDRESS_UNAVAILABLE", { address: `${host}:${port}`, reason }, { cause });
}

/** Serves models over HTTP and gRPC by the Open Inference Protocol, version 2. Close it when done; the engine stays open. */
export class Server implements AsyncDisposable {
  readonly #engine: Engine;
  readonly #site = new ServerSite();
  readonly #maxBodyBytes: number;
  readonly #http: HttpInterface;
  #grpc: GrpcInterface | undefined;
  readonly #forced = new AbortController();
  #closed: Promise<void> | undefined;

  constructor(engine: Engine, { maxBodyBytes = MAX_BODY_BYTES, logLevel = "silent" }: ServerOptions = {}) {
    this.#engine = engine;
    this.#maxBodyBytes = maxBodyBytes;
    this.#http = new HttpInterface(this.#site, { maxBodyBytes, logLevel });
  }

  /** Whether every model has been loaded and warmed up, and the server is not closing. */
  get isReady(): boolean {
    return this.#site.isReady;
  }

  /**
   * Loads a model and serves it. Until then, and when that fails, clients get MODEL_NOT_READY.
   * @throws RelayError OPTION_INVALID when the name and version are taken, and what Engine.load throws
   */
  async load(
    name: string,
    file: ModelFile,
    { version = DEFAULT_VERSION, ...options }: ModelOptions & { readonly version?: string } = {},
  ): Promise<void> {
    const served = this.#site.models.declare(name, version);
    try {
      served.becomeReady(await this.#open(name, file, options));
    } catch (error) {
      const code = error instanceof RelayError ? error.code : "INTERNAL";
      served.becomeUnavailable(`it failed to load with ${code}`);
      throw error;
    }
  }

  async #open(name: string, file: ModelFile, options: ModelOptions): Promise<Model> {
    const model = await this.#engine.load(file, options);
    const error = refusal(name, model);
    if (!error) return model;
    await model.close();
    throw error;
  }

  /**
   * Serves a model that is loaded, and closes it with the server.
   * @throws RelayError OPTION_INVALID when the name and version are taken, MODEL_UNSUPPORTED
   */
  add(name: string, model: Model, version: string = DEFAULT_VERSION): void {
    const error = refusal(name, model);
    if (error) throw error;
    this.#site.models.declare(name, version).becomeReady(model);
  }

  /** @returns the URL @throws RelayError ADDRESS_UNAVAILABLE */
  async listen({ host = "127.0.0.1", port = 8000 }: ListenOptions = {}): Promise<string> {
    try {
      const url = await this.#http.listen(host, port);
      this.#site.eventLoopDelay.start();
      return url;
    } catch (error) {
      throw addressUnavailable(host, port, error);
    }
  }

  /**
   * Serves the same models over gRPC too, without encryption.
   * @returns the port @throws RelayError ADDRESS_UNAVAILABLE
   */
  async listenGrpc({ host = "127.0.0.1", port = 8001 }: ListenOptions = {}): Promise<number> {
    const { GrpcInterface } = await import("./grpc/index.ts");
    const grpc = new GrpcInterface(this.#site, { maxBytes: this.#maxBodyBytes });
    try {
      if (this.#closed || this.#grpc) throw new Error(this.#closed ? "the server is closed" : "it listens already");
      this.#grpc = grpc;
      return await grpc.listen(host, port);
    } catch (error) {
      throw addressUnavailable(host, port, error);
    }
  }

  /** Is not ready at once, serves on for the grace period, answers what is under way, then closes its models. */
  async close(options: CloseOptions = {}): Promise<void> {
    this.#closed ??= this.#drain(options);
    if (options.force) await this.#cancel();
    await this.#closed;
  }

  async #drain({ graceMs = 0 }: CloseOptions): Promise<void> {
    this.#site.phase = "draining";
    if (graceMs > 0) await sleep(graceMs, undefined, { signal: this.#forced.signal }).catch(() => {});
    this.#site.phase = "closing";
    await Promise.all([this.#http.close(), this.#grpc?.close()]);
    this.#site.eventLoopDelay.stop();
    await this.#closeModels({});
  }

  /** Requests under way are answered with CANCELLED; connections that are still sending are cut. */
  async #cancel(): Promise<void> {
    this.#forced.abort();
    await this.#closeModels({ force: true });
    setImmediate(() => {
      this.#http.cut();
      this.#grpc?.cut();
    });
  }

  async #closeModels(options: { readonly force?: boolean }): Promise<void> {
    const models = [...this.#site.models].flatMap(({ loaded }) => loaded ?? []);
    await Promise.all(models.map((model) => model.close(options)));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
