export type { Finding } from "./finding.ts";
export * from "./identify.ts";
export * from "./load-program.ts";
