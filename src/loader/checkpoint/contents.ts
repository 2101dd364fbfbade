import type { TensorLocation } from "../../core/index.ts";

/** What a checkpoint holds, in its own order. Nothing is read. */
export interface Contents {
  readonly tensors: ReadonlyMap<string, TensorLocation>;
  /** The names of what holds no tensor. */
  readonly others: readonly string[];
}
