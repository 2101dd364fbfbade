export * from "./dim.ts";
export * from "./dtype.ts";
export * from "./errors.ts";
export * from "./limits.ts";
export * from "./lowered-model.ts";
export * from "./signature.ts";
export * from "./storage.ts";
export * from "./tensor.ts";
