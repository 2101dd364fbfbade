import { performance } from "node:perf_hooks";
import type { RelayError } from "../core/index.ts";
import { Engine, type EngineOptions, type ModelOptions } from "../engine/index.ts";
import { type RepositoryListener, type RepositoryOptions, Server } from "../server/index.ts";
import { toJson } from "./json.ts";
import { locationOf } from "./model-location.ts";
import { type ScriptFlags, scriptModelOptions } from "./script-flags.ts";
import { type ServerFlags, serverOptions } from "./server-flags.ts";
import { openTelemetry } from "./telemetry.ts";
import type { Terminal } from "./terminal.ts";

export interface ServeOptions extends ServerFlags, ScriptFlags {
  readonly host: string;
  readonly port: number;
  readonly grpcPort: number;
  /** False: HTTP only. */
  readonly grpc: boolean;
  readonly workers?: number;
  readonly intraOpThreads?: number;
  readonly maxBatchRows?: number;
  readonly queueDelayMs?: number;
  readonly queueCapacityRows?: number;
  readonly watch?: true;
  readonly repositoryCalls?: true;
  /** False: nothing is loaded until a client asks for it. */
  readonly autoload: boolean;
  readonly graceMs: number;
  readonly json?: true;
}

function engineOptions({ workers }: ServeOptions): EngineOptions {
  return workers === undefined ? {} : { workers };
}

function modelOptions(options: ServeOptions): ModelOptions {
  const { intraOpThreads, maxBatchRows, queueDelayMs, queueCapacityRows } = options;
  const given = Object.entries({ intraOpThreads, maxBatchRows, queueDelayMs, queueCapacityRows });
  const known = Object.fromEntries(given.filter(([, value]) => value !== undefined));
  return { ...known, ...scriptModelOptions(options) };
}

/** Whether models may come later. */
function mayChange({ watch, repositoryCalls }: ServeOptions): boolean {
  return watch === true || repositoryCalls === true;
}

function repositoryOptions(options: ServeOptions, onEvent: RepositoryListener): RepositoryOptions {
  return {
    model: modelOptions(options),
    autoload: options.autoload,
    watch: options.watch === true,
    repositoryCalls: options.repositoryCalls === true,
    onEvent,
  };
}

/** Resolves when the process was told to end and the server has closed; being told again cancels what is under way. */
function ended(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let isTold = false;
    const end = (): void => {
      server.close(isTold ? { force: true } : { graceMs }).then(resolve, reject);
      isTold = true;
    };
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, end);
  });
}

/** Whether there are files to be read again. Without, SIGHUP ends the process as usual, when its terminal closes. */
function hasFiles({ apiKeys, tlsCert }: ServeOptions): boolean {
  return apiKeys !== undefined || tlsCert !== undefined;
}

/** Where a server listens. */
interface Addresses {
  readonly url: string;
  /** Undefined without gRPC. */
  readonly grpc: string | undefined;
}

function announcement({ url, grpc }: Addresses, { models, isReady }: Server, elapsedMs: number): string {
  const places = grpc === undefined ? url : `${url} and for gRPC at ${grpc}`;
  const names = [...new Set(models.map(({ name }) => name))];
  const lines = names.map((name) => `  ${url}/v2/models/${encodeURIComponent(name)}\n`);
  const state = isReady ? "ready" : "not ready, but serving what could be loaded,";
  return `${state} at ${places} after ${(elapsedMs / 1000).toFixed(1)} s, serving\n${lines.join("")}`;
}

/** @returns the address, as gRPC clients take it */
async function listenGrpc(server: Server, { host, grpcPort }: ServeOptions): Promise<string> {
  const port = await server.listenGrpc({ host, port: grpcPort });
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** `torchrelay serve`. Returns when the process is told to end. @throws RelayError */
export async function serveModels(
  locations: readonly string[],
  options: ServeOptions,
  terminal: Terminal,
): Promise<void> {
  const startedMs = performance.now();
  await using engine = new Engine(engineOptions(options));
  await using telemetry = await openTelemetry(options.otlpEndpoint);
  await using server = new Server(engine, { ...serverOptions(options), ...telemetry.forServer });
  const end = ended(server, options.graceMs);
  if (hasFiles(options)) process.on("SIGHUP", () => server.reload());
  let failure: RelayError | undefined;
  const onEvent: RepositoryListener = (event) => {
    if ("error" in event) failure ??= event.error;
  };
  const loading = server.openRepository(locations.map(locationOf), repositoryOptions(options, onEvent));
  loading.catch(() => {});
  const url = await server.listen(options);
  const grpc = options.grpc ? await listenGrpc(server, options) : undefined;
  const started = loading.then(() => {
    if (failure && server.models.length === 0 && !mayChange(options)) throw failure;
    const text = options.json
      ? `${toJson({ url, grpc, models: server.models.map(({ name, version }) => ({ name, version })) })}\n`
      : announcement({ url, grpc }, server, performance.now() - startedMs);
    terminal.print(text);
  });
  await Promise.race([started, end]);
  await end;
}
