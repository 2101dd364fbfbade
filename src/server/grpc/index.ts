export type { Authorise, GrpcCaller } from "./caller.ts";
export { GrpcInterface, type GrpcOptions, type GrpcTls } from "./interface.ts";
