export { type DType, type ErrorCode, RelayError, Tensor, type TypedArray } from "../core/index.ts";
export type { ClassScore } from "./classes.ts";
export {
  type ClassifyOptions,
  Client,
  type ClientInferOptions,
  type ClientOptions,
  type ModelMetadata,
  type TensorMetadata,
} from "./client.ts";
