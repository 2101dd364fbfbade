export * from "./checkpoint/checkpoint.ts";
export * from "./checkpoint/load-checkpoint.ts";
export type { Finding } from "./finding.ts";
export * from "./identify.ts";
export * from "./load-program.ts";
export * from "./onnx/load-onnx.ts";
export type { ScriptArgument, ScriptOptions } from "./torchscript/load-torchscript.ts";
