export * from "./builder.ts";
export * from "./program.ts";
export * from "./types.ts";
