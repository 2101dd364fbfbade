export type { RepositoryLocation } from "../engine/index.ts";
export type { LogLevel } from "./http.ts";
export type { ModelIdentity } from "./infer-response.ts";
export type { RepositoryEvent, RepositoryListener, RepositoryOptions } from "./repository/index.ts";
export { type CloseOptions, type ListenOptions, Server, type ServerOptions } from "./server.ts";
