export type { RepositoryLocation } from "../engine/index.ts";
export type { ApiKey } from "./access/api-key.ts";
export type { CorsOrigins } from "./cors.ts";
export type { HttpLimits } from "./http-limits.ts";
export type { ModelIdentity } from "./infer-response.ts";
export type { LogLevel, LogSink } from "./observe/server-log.ts";
export type { RepositoryEvent, RepositoryListener, RepositoryOptions } from "./repository/index.ts";
export { type CloseOptions, type ListenOptions, Server, type ServerOptions } from "./server.ts";
export type { TlsOptions } from "./tls/tls-options.ts";
