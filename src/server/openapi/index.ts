export type { ApiDocument } from "./document.ts";
export { openApi } from "./openapi.ts";
export { apiPage } from "./page.ts";
