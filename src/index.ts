export {
  type Dim,
  type DType,
  type ErrorCode,
  RelayError,
  type Signature,
  Tensor,
  type TensorSpec,
  type TypedArray,
} from "./core/index.ts";
export * from "./engine/index.ts";
