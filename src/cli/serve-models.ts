import { performance } from "node:perf_hooks";
import { Engine, type EngineOptions, findModels, type ModelLocation, type ModelOptions } from "../engine/index.ts";
import { type LogLevel, Server } from "../server/index.ts";
import { toJson } from "./json.ts";
import type { Terminal } from "./terminal.ts";

export interface ServeOptions {
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
  readonly graceMs: number;
  readonly logLevel: LogLevel;
  readonly json?: true;
}

function engineOptions({ workers }: ServeOptions): EngineOptions {
  return workers === undefined ? {} : { workers };
}

function modelOptions(options: ServeOptions): ModelOptions {
  const { intraOpThreads, maxBatchRows, queueDelayMs, queueCapacityRows } = options;
  const given = Object.entries({ intraOpThreads, maxBatchRows, queueDelayMs, queueCapacityRows });
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
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

/** Where a server listens. */
interface Addresses {
  readonly url: string;
  /** Undefined without gRPC. */
  readonly grpc: string | undefined;
}

function announcement({ url, grpc }: Addresses, models: readonly ModelLocation[], elapsedMs: number): string {
  const places = grpc === undefined ? url : `${url} and for gRPC at ${grpc}`;
  const lines = models.map(({ name }) => `  ${url}/v2/models/${encodeURIComponent(name)}\n`);
  return `ready at ${places} after ${(elapsedMs / 1000).toFixed(1)} s, serving\n${lines.join("")}`;
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
  const models = locations.flatMap(findModels);
  await using engine = new Engine(engineOptions(options));
  await using server = new Server(engine, { logLevel: options.logLevel });
  const end = ended(server, options.graceMs);
  const url = await server.listen(options);
  const grpc = options.grpc ? await listenGrpc(server, options) : undefined;
  const load = ({ name, version, file }: ModelLocation): Promise<void> =>
    server.load(name, file, { version, ...modelOptions(options) });
  const loading = Promise.all(models.map(load)).then(() => {
    const text = options.json
      ? `${toJson({ url, grpc, models: models.map(({ name, version }) => ({ name, version })) })}\n`
      : announcement({ url, grpc }, models, performance.now() - startedMs);
    terminal.print(text);
  });
  await Promise.race([loading, end]);
  await end;
}
