export { FileSource, MemorySource, type NamedTensor, readNpz, writeNpz } from "./container/index.ts";
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
export { type Checkpoint, loadCheckpoint, type TensorInfo } from "./loader/index.ts";
export * as nn from "./nn/index.ts";
export { Generator, manualSeed, rand, randn } from "./nn/index.ts";
export type { BatchEvent, LatencySummary, SchedulerStats } from "./scheduler/index.ts";
