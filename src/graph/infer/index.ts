export * from "./infer-context.ts";
export * from "./infer-types.ts";
