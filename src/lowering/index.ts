export { type ExportOptions, exportOnnx, type OnnxExport } from "./export-onnx.ts";
export { type LowerOptions, lower } from "./lower.ts";
export { DEFAULT_OPSET, OPSETS, type Opset } from "./opset.ts";
export { supportedTargets } from "./registry.ts";
export type { UnsupportedOperator } from "./report.ts";
