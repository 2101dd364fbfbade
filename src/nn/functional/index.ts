export * from "./activations.ts";
export * from "./networks.ts";
export * from "./padding.ts";
export * from "./pooling.ts";
export * from "./resizing.ts";
