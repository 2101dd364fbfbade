export type { LogLevel } from "./http.ts";
export { type CloseOptions, type ListenOptions, Server, type ServerOptions } from "./server.ts";
