import type { DType, LoweredModel } from "../core/index.ts";

/** A tensor in memory that a runtime reads or writes in place. `bytes` may lie in shared memory. */
export interface TensorBuffer {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

export interface SessionOptions {
  /** Threads one run may use. Runs of one session share them. */
  readonly intraOpThreads: number;
}

/** How to find a session from any thread of this process. Plain data; valid until the session is released. */
export type SessionRef = OrtSessionRef | NullSessionRef;

export interface OrtSessionRef {
  readonly backend: "ort";
  readonly address: bigint;
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
}

/**
 * A model without a runtime, for tests of what lies above: output i is a copy of input i. A run blocks its thread
 * for `delayMs`; it throws, or ends its thread, when the first byte of the first input is `throwOn`, or `exitOn`.
 */
export interface NullSessionRef {
  readonly backend: "null";
  readonly delayMs: number;
  readonly throwOn?: number;
  readonly exitOn?: number;
}

/** Native values prepared over fixed memory, so that a run costs nothing but the run. Belongs to one thread. */
export interface Binding {
  /**
   * Runs the model on what the input buffers hold now. Blocks. Outputs that were bound are written in place; the
   * others are copies that the caller owns.
   * @throws RelayError RUN_FAILED, INPUT_VALUE, or CANCELLED when its stop token was set
   */
  run(): readonly TensorBuffer[];
  close(): void;
}

/** The address of a flag that stops runs in whatever thread. */
export type StopToken = bigint;

/** One thread's handle on a session that many threads may share. */
export interface SessionHandle {
  /**
   * @param outputs where to write; undefined where the shape is not known before the run
   * @param stopToken lets another thread stop the runs: see {@link OrtBackend.stop}
   */
  bind(inputs: readonly TensorBuffer[], outputs: readonly (TensorBuffer | undefined)[], stopToken?: StopToken): Binding;
}

/** A runtime as one thread sees it. */
export interface Backend {
  /** Makes a session; the caller releases it once no thread runs it. @throws RelayError RUN_FAILED */
  open(model: LoweredModel, options: SessionOptions): SessionRef;
  attach(ref: SessionRef): SessionHandle;
  /** Frees a session, which may take a while. Does not block. */
  release(ref: SessionRef): Promise<void>;
  close(): void;
}
