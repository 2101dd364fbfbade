export * from "./assert.ts";
export * from "./byte-reader.ts";
export * from "./clock.ts";
export * from "./cpu-budget.ts";
export * from "./deferred.ts";
export * from "./keyed-queue.ts";
export * from "./nearest-name.ts";
export * from "./package-facts.ts";
