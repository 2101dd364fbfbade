export { GrpcInterface, type GrpcOptions } from "./interface.ts";
