export type { ApiKey } from "./access/api-key.ts";
export type { CorsOrigins } from "./cors.ts";
export type { HttpLimits } from "./http-limits.ts";
export type { LogLevel, LogSink } from "./observe/server-log.ts";
export { type CloseOptions, type ListenOptions, Server, type ServerOptions } from "./server.ts";
export type { TlsOptions } from "./tls/tls-options.ts";
