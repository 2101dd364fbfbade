export type { ApiDocument } from "./document.ts";
export { openApi } from "./openapi.ts";
