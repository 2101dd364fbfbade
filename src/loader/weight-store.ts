import type { TensorLocation } from "../core/index.ts";

/** Finds weights by their qualified names. Nothing is read. */
export interface WeightStore {
  /** @throws Malformed when there is no such weight, Unsupported when it is no plain tensor */
  locate(name: string): TensorLocation;
}

/** The weights of a program, by where a file keeps them. */
export interface WeightStores {
  /** Parameters and persistent buffers. */
  readonly weights: WeightStore;
  /** Lifted constants and non-persistent buffers. */
  readonly constants: WeightStore;
}
