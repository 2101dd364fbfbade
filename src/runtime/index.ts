export * from "./backend.ts";
export { NullBackend } from "./null-backend.ts";
export { openSession, type Session } from "./open-session.ts";
export { OrtBackend } from "./ort/index.ts";
