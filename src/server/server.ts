import { setTimeout as sleep } from "node:timers/promises";
import type { TracerProvider } from "@opentelemetry/api";
import { RelayError } from "../core/index.ts";
import type { Engine, Model, ModelFile, ModelOptions, RepositoryLocation } from "../engine/index.ts";
import type { ApiKey } from "./access/api-key.ts";
import { readKeys } from "./access/read-keys.ts";
import { addressUnavailable } from "./address-unavailable.ts";
import { type CorsOrigins, requireOrigins } from "./cors.ts";
import type { GrpcInterface } from "./grpc/index.ts";
import type { HttpInterface, HttpOptions } from "./http.ts";
import { type HttpLimits, httpLimits } from "./http-limits.ts";
import type { ModelIdentity } from "./infer-response.ts";
import { logModels } from "./observe/log-models.ts";
import { type LogLevel, type LogSink, ServerLog } from "./observe/server-log.ts";
import { STDERR } from "./observe/stderr.ts";
import { openModel, requireServable } from "./open-model.ts";
import { Reception } from "./reception.ts";
import type { RepositoryEvent } from "./repository/index.ts";
import { ModelRepository, type RepositoryOptions } from "./repository/index.ts";
import { ServerSite } from "./server-site.ts";
import { TlsFiles } from "./tls/tls-files.ts";
import type { TlsOptions } from "./tls/tls-options.ts";
import { unprotected } from "./unprotected.ts";

export interface ServerOptions extends Partial<HttpLimits> {
  /** Bytes of a request's body; beyond, clients get BODY_TOO_LARGE. Default 64 MiB. */
  readonly maxBodyBytes?: number;
  /** What is logged, as JSON lines. Default `silent`. */
  readonly logLevel?: LogLevel;
  /** Whether every request is logged. Default false. */
  readonly accessLog?: boolean;
  /** Where lines of the log go. Default stderr. */
  readonly logTo?: LogSink;
  /** The keys that clients must have, or the JSON file of them. Default: none, and clients need none. */
  readonly apiKeys?: readonly ApiKey[] | string;
  /** Certificates for HTTPS, and for gRPC. Default: no encryption. */
  readonly tls?: TlsOptions;
  /** Origins whose pages may call the server, or `*`. Default none. */
  readonly cors?: CorsOrigins;
  /** Makes spans of inference requests, as `trace.getTracerProvider()` of @opentelemetry/api does. Default: no spans. */
  readonly tracerProvider?: TracerProvider;
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

function logOf({ logLevel = "silent", accessLog = false, logTo = STDERR }: ServerOptions): ServerLog {
  return new ServerLog({ level: logLevel, access: accessLog, sink: logTo });
}

/** Serves models over HTTP and gRPC by the Open Inference Protocol, version 2. Close it when done; the engine stays open. */
export class Server implements AsyncDisposable {
  readonly #engine: Engine;
  readonly #site = new ServerSite();
  readonly #maxBodyBytes: number;
  readonly #log: ServerLog;
  readonly #keys: ServerOptions["apiKeys"];
  readonly #tls: TlsFiles | undefined;
  readonly #reception: Reception;
  readonly #httpOptions: HttpOptions;
  #http: HttpInterface | undefined;
  #grpc: GrpcInterface | undefined;
  #repository: ModelRepository | undefined;
  readonly #forced = new AbortController();
  readonly #workersChanged = (): void => this.#site.changes.notify();
  #closed: Promise<void> | undefined;

  /** @throws RelayError OPTION_INVALID, and FILE_UNREADABLE for files of keys and certificates */
  constructor(engine: Engine, options: ServerOptions = {}) {
    const { maxBodyBytes = MAX_BODY_BYTES, apiKeys, tls, cors = [], tracerProvider } = options;
    requireOrigins(cors);
    const log = logOf(options);
    this.#engine = engine;
    this.#maxBodyBytes = maxBodyBytes;
    this.#log = log;
    this.#keys = apiKeys;
    this.#tls = tls && new TlsFiles(tls, log);
    const keys = apiKeys === undefined ? undefined : readKeys(apiKeys);
    this.#reception = new Reception(this.#site, { keys, tracerProvider, log });
    const shared = { tls: this.#tls, reception: this.#reception };
    engine.on("workers", this.#workersChanged);
    this.#httpOptions = { maxBodyBytes, limits: httpLimits(options), cors, ...shared };
  }

  /** Reads the files of keys and certificates again. What is wrong with them is logged; the server goes on with what it has. */
  reload(): void {
    this.#tls?.reload();
    if (typeof this.#keys !== "string") return;
    try {
      const keys = readKeys(this.#keys);
      this.#reception.setKeys(keys);
      this.#log.info("keys changed", { keys: keys.map(({ name }) => name) });
    } catch (error) {
      this.#log.error("keys not changed", { reason: (error as Error).message });
    }
  }

  /** Whether every model has been loaded and warmed up, and the server is not closing. */
  get isReady(): boolean {
    return this.#site.isReady;
  }

  /** The models that take requests. */
  get models(): readonly ModelIdentity[] {
    return [...this.#site.models].filter(({ isReady }) => isReady).map(({ name, version }) => ({ name, version }));
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
      served.becomeReady(await openModel(this.#engine, name, file, options));
    } catch (error) {
      const code = error instanceof RelayError ? error.code : "INTERNAL";
      served.becomeUnavailable(`it failed to load with ${code}`);
      throw error;
    }
  }

  /**
   * Serves a model that is loaded, and closes it with the server.
   * @throws RelayError OPTION_INVALID when the name and version are taken, MODEL_UNSUPPORTED
   */
  add(name: string, model: Model, version: string = DEFAULT_VERSION): void {
    requireServable(name, model);
    this.#site.models.declare(name, version).becomeReady(model);
  }

  /**
   * Serves the models of a repository: resolves when those that are there have been loaded, or tried.
   * @throws RelayError FILE_UNREADABLE when there is nothing at a location, OPTION_INVALID for a second repository
   */
  async openRepository(locations: readonly RepositoryLocation[], options: RepositoryOptions = {}): Promise<void> {
    if (this.#repository) {
      const legal = "all locations in one call";
      throw new RelayError("OPTION_INVALID", { option: "repository", given: "opened twice", legal });
    }
    const open = (name: string, file: string, model: ModelOptions): Promise<Model> =>
      openModel(this.#engine, name, file, model);
    const onEvent = (event: RepositoryEvent): void => {
      logModels(this.#log, event);
      options.onEvent?.(event);
    };
    const repository = new ModelRepository({ models: this.#site.models, open }, locations, { ...options, onEvent });
    this.#repository = repository;
    if (options.repositoryCalls) this.#site.repository = repository;
    this.#site.isStarting = true;
    try {
      await repository.start();
    } finally {
      this.#site.isStarting = false;
    }
  }

  /** @returns the URL @throws RelayError ADDRESS_UNAVAILABLE */
  async listen({ host = "127.0.0.1", port = 8000 }: ListenOptions = {}): Promise<string> {
    const { HttpInterface } = await import("./http.ts");
    try {
      if (this.#closed) throw new Error("the server is closed");
      this.#http ??= new HttpInterface(this.#site, this.#httpOptions);
      const url = await this.#http.listen(host, port);
      this.#began(host, { url });
      this.#site.eventLoopDelay.start();
      return url;
    } catch (error) {
      throw addressUnavailable(host, port, error);
    }
  }

  #began(host: string, where: { readonly url: string } | { readonly grpcPort: number }): void {
    this.#tls?.watch();
    this.#log.info("listening", { host, ...where });
    const without = unprotected(host, { tls: this.#tls !== undefined, keys: this.#keys !== undefined });
    if (without.length > 0) this.#log.warn("open to the network", { host, ...where, without });
  }

  /**
   * Serves the same models over gRPC too, with the same keys and certificates.
   * @returns the port @throws RelayError ADDRESS_UNAVAILABLE
   */
  async listenGrpc({ host = "127.0.0.1", port = 8001 }: ListenOptions = {}): Promise<number> {
    const { GrpcInterface } = await import("./grpc/index.ts");
    const grpc = new GrpcInterface(this.#reception, { maxBytes: this.#maxBodyBytes, tls: this.#tls });
    try {
      if (this.#closed || this.#grpc) throw new Error(this.#closed ? "the server is closed" : "it listens already");
      this.#grpc = grpc;
      const grpcPort = await grpc.listen(host, port);
      this.#began(host, { grpcPort });
      return grpcPort;
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
    this.#repository?.close();
    if (graceMs > 0) await sleep(graceMs, undefined, { signal: this.#forced.signal }).catch(() => {});
    this.#site.phase = "closing";
    await Promise.all([this.#http?.close(), this.#grpc?.close()]);
    this.#tls?.close();
    this.#site.eventLoopDelay.stop();
    await this.#site.models.close({});
    await this.#site.codec.close();
    this.#engine.off("workers", this.#workersChanged);
  }

  /** Requests under way are answered with CANCELLED; connections that are still sending are cut. */
  async #cancel(): Promise<void> {
    this.#forced.abort();
    await this.#site.models.close({ force: true });
    setImmediate(() => {
      this.#http?.cut();
      this.#grpc?.cut();
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
