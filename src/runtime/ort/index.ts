export { OrtBackend } from "./ort-backend.ts";
