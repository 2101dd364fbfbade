/** A model lowered to ONNX, ready to become a session. Plain data: it crosses threads. */
export interface LoweredModel {
  /** The serialized ONNX ModelProto; its initializers may be external data. */
  readonly onnx: Uint8Array;
  /** The folder in which external data files lie; absent when there are none. */
  readonly externalFolder?: string;
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
}

/** A lowered model, with how much of it a run reads. */
export interface SizedModel extends LoweredModel {
  /** Bytes of the weights that every run reads whole; not of tables that it picks rows of. */
  readonly readWeightBytes: number;
}
