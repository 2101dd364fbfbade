export { GrpcInterface } from "./interface.ts";
