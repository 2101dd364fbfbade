export type { GrpcCaller, SiteFor } from "./caller.ts";
export { GrpcInterface, type GrpcOptions, type GrpcTls } from "./interface.ts";
