import type { DType } from "../core/index.ts";

/** Bytes of a tensor in memory that the runtime reads or writes in place. */
export interface TensorBuffer {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** A model lowered to ONNX: what a backend makes a session of. Plain data: it crosses threads. */
export interface LoweredModel {
  /** The serialized ONNX ModelProto; its initializers may be external data. */
  readonly onnx: Uint8Array;
  /** The folder in which external data files lie; absent when there are none. */
  readonly externalFolder?: string;
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
}
