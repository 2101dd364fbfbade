import { performance } from "node:perf_hooks";
import type { RelayError } from "../core/index.ts";
import { Engine, type EngineOptions, type ModelOptions } from "../engine/index.ts";
import { type RepositoryListener, type RepositoryOptions, Server } from "../server/index.ts";
import { toJson } from "./json.ts";
import { locationOf } from "./model-location.ts";
import { spinnerLine } from "./progress.ts";
import { type ScriptFlags, scriptModelOptions } from "./script-flags.ts";
import { type ServerFlags, serverOptions } from "./server-flags.ts";
import { type ExportFailed, openTelemetry } from "./telemetry.ts";
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

/** Says once, as the server's log would, that spans do not reach their collector. */
function spansNotSent({ logLevel }: ServeOptions, terminal: Terminal): ExportFailed {
  let isTold = logLevel === "silent";
  return (reason) => {
    if (isTold) return;
    isTold = true;
    const line = { level: "error", time: new Date().toISOString(), reason, event: "spans not sent" };
    terminal.complain(`${JSON.stringify(line)}\n`);
  };
}

/** How the server ends. */
interface Ending {
  /** Aborted when the process is told to end. */
  readonly told: AbortSignal;
  /** Resolves when the server has closed. */
  readonly closed: Promise<void>;
}

/** Closes the server when the process is told to end; being told again cancels what is under way. */
function endingOf(server: Server, graceMs: number): Ending {
  const controller = new AbortController();
  const told = controller.signal;
  const closed = new Promise<void>((resolve, reject) => {
    const end = (): void => {
      server.close(told.aborted ? { force: true } : { graceMs }).then(resolve, reject);
      controller.abort();
    };
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, end);
  });
  return { told, closed };
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

/** @param elapsedMs since the process began */
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

async function listen(server: Server, options: ServeOptions): Promise<Addresses> {
  const url = await server.listen(options);
  return { url, grpc: options.grpc ? await listenGrpc(server, options) : undefined };
}

/** Tells that the server has started, and where. */
function announce(server: Server, addresses: Addresses, { json }: ServeOptions): string {
  if (!json) return announcement(addresses, server, performance.now());
  const models = server.models.map(({ name, version }) => ({ name, version }));
  return `${toJson({ ...addresses, models })}\n`;
}

/** Listens while models are loaded, and says so when they are. @throws RelayError */
async function start(
  server: Server,
  locations: readonly string[],
  options: ServeOptions,
  { told, closed }: Ending,
  terminal: Terminal,
): Promise<void> {
  let failure: RelayError | undefined;
  const onEvent: RepositoryListener = (event) => {
    if ("error" in event) failure ??= event.error;
  };
  const loading = server.openRepository(locations.map(locationOf), repositoryOptions(options, onEvent));
  loading.catch(() => {});
  try {
    const addresses = await listen(server, options);
    const either = Promise.race([loading, closed]);
    await terminal.progress.during((elapsedMs) => spinnerLine("loading models", elapsedMs), either);
    if (told.aborted) return;
    if (failure && server.models.length === 0 && !mayChange(options)) throw failure;
    terminal.print(announce(server, addresses, options));
  } catch (error) {
    // A server that is told to end while it starts listens no more, which is as it should be.
    if (!told.aborted) throw error;
  }
}

/** `torchrelay serve`. Returns when the process is told to end. @throws RelayError */
export async function serveModels(
  locations: readonly string[],
  options: ServeOptions,
  terminal: Terminal,
): Promise<void> {
  // What gRPC would write on stderr by itself comes as an error, too.
  process.env["GRPC_VERBOSITY"] ??= "NONE";
  await using engine = new Engine(engineOptions(options));
  await using telemetry = await openTelemetry(options.otlpEndpoint, spansNotSent(options, terminal));
  await using server = new Server(engine, { ...serverOptions(options), ...telemetry.forServer });
  const ending = endingOf(server, options.graceMs);
  if (hasFiles(options)) process.on("SIGHUP", () => server.reload());
  await start(server, locations, options, ending, terminal);
  await ending.closed;
}
