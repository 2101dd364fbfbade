import { DTYPES, type DType, numel, type TypedArray } from "../core/index.ts";
import type { TensorBuffer } from "../runtime/index.ts";

/** Where a tensor lies in a slab; bytes from its start. */
export interface Region {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly byteLength: number;
}

/** Regions start on cache lines, which is also as aligned as ONNX Runtime likes its tensors. */
const ALIGNMENT = 64;

/** The head of a slab, in bytes: an int32 that tells how far the run is, then two float64 times. */
export const HEADER_BYTES: number = ALIGNMENT;

/** States of a run, in the first int32 of the slab. */
export const RUN_WAITING = 0;
export const RUN_STARTED = 1;

/** The shared words of a slab through which a worker reports. */
export class SlabHeader {
  readonly #state: Int32Array;
  /** [started, as milliseconds since the epoch; compute time in milliseconds] */
  readonly #times: Float64Array;

  constructor(slab: SharedArrayBuffer) {
    this.#state = new Int32Array(slab, 0, 1);
    this.#times = new Float64Array(slab, 8, 2);
  }

  get state(): number {
    return Atomics.load(this.#state, 0);
  }

  set state(state: number) {
    Atomics.store(this.#state, 0, state);
  }

  get startedEpochMs(): number {
    return this.#times[0] ?? 0;
  }

  get computeMs(): number {
    return this.#times[1] ?? 0;
  }

  setTimes(startedEpochMs: number, computeMs: number): void {
    this.#times[0] = startedEpochMs;
    this.#times[1] = computeMs;
  }
}

export interface TensorLayout {
  readonly dtype: DType;
  readonly shape: readonly number[];
}

export interface SlabLayout {
  readonly inputs: readonly Region[];
  /** null where the shape is known only after the run. */
  readonly outputs: readonly (Region | null)[];
  readonly byteLength: number;
}

/** Lays tensors out one after another behind the header. */
export function layOut(inputs: readonly TensorLayout[], outputs: readonly (TensorLayout | null)[]): SlabLayout {
  let end = HEADER_BYTES;
  const place = ({ dtype, shape }: TensorLayout): Region => {
    const offset = end;
    const byteLength = numel(shape) * DTYPES[dtype].bytes;
    end = offset + Math.ceil(byteLength / ALIGNMENT) * ALIGNMENT;
    return { dtype, shape, offset, byteLength };
  };
  const placedInputs = inputs.map(place);
  const placedOutputs = outputs.map((output) => output && place(output));
  return { inputs: placedInputs, outputs: placedOutputs, byteLength: end };
}

/** The elements of a region. */
export function regionArray(slab: ArrayBufferLike, region: Region): TypedArray {
  const { array } = DTYPES[region.dtype];
  return new array(slab, region.offset, region.byteLength / array.BYTES_PER_ELEMENT);
}

export function regionBuffer(slab: ArrayBufferLike, region: Region): TensorBuffer {
  const bytes = new Uint8Array(slab, region.offset, region.byteLength);
  return { dtype: region.dtype, shape: region.shape, bytes };
}
