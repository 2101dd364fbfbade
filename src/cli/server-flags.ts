import { type Command, Option } from "commander";
import type { LogLevel, ServerOptions, TlsOptions } from "../server/index.ts";
import { parseCount } from "./arguments.ts";
import { UsageError } from "./usage-error.ts";

/** What of the command line is about who may call the server, and what it tells of that. */
export interface ServerFlags {
  readonly apiKeys?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsClientCa?: string;
  readonly cors?: readonly string[];
  readonly maxBodyBytes?: number;
  readonly maxConnections?: number;
  readonly logLevel: LogLevel;
  readonly accessLog?: true;
  readonly otlpEndpoint?: string;
}

const LEVELS: readonly LogLevel[] = ["silent", "error", "warn", "info"];

export const SERVER_NOTE = `

With --api-keys, clients must send one of the keys in FILE, as Authorization: Bearer KEY or as x-api-key: KEY; FILE holds their
SHA-256. With --tls-cert and --tls-key, HTTP and gRPC are encrypted. Certificates are read again when they change, and keys
when the process gets SIGHUP. More: docs/security.md and docs/observability.md.`;

function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

/** Adds the flags of {@link ServerFlags}. */
export function addServerFlags(command: Command): Command {
  return command
    .optionsGroup("Who may call, and how much:")
    .option("--api-keys <FILE>", "JSON file of the keys that clients must have")
    .option("--tls-cert <FILE>", "certificate in PEM form, with those that lead to its authority")
    .option("--tls-key <FILE>", "its private key")
    .option("--tls-client-ca <FILE>", "authorities of the certificates that clients must have")
    .option("--cors <ORIGIN>", "origin whose pages may call the server, or *; may be given several times", collect)
    .option("--max-body-bytes <N>", "bytes of a request's body; beyond, clients get 413 (default: 64 MiB)", parseCount)
    .option("--max-connections <N>", "HTTP connections at a time (default: no limit)", parseCount)
    .optionsGroup("What it tells:")
    .addOption(new Option("--log-level <LEVEL>", "what to log on stderr").choices(LEVELS).default("warn"))
    .option("--access-log", "log every request on stderr")
    .option("--otlp-endpoint <URL>", "OpenTelemetry collector for spans (default: OTEL_EXPORTER_OTLP_ENDPOINT)");
}

function tlsOptions({ tlsCert, tlsKey, tlsClientCa }: ServerFlags): TlsOptions | undefined {
  if (tlsCert === undefined && tlsKey === undefined && tlsClientCa === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) throw new UsageError("TLS needs --tls-cert and --tls-key");
  const files = { certFile: tlsCert, keyFile: tlsKey };
  return tlsClientCa === undefined ? files : { ...files, clientCaFile: tlsClientCa };
}

/** @throws UsageError */
export function serverOptions(flags: ServerFlags): ServerOptions {
  const { apiKeys, cors, maxBodyBytes, maxConnections, logLevel, accessLog = false } = flags;
  const given = { apiKeys, cors, maxBodyBytes, maxConnections, tls: tlsOptions(flags) };
  const options = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { ...options, logLevel, accessLog };
}
