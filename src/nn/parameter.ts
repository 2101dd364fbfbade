import { readTensor } from "../container/index.ts";
import { contiguousStrides, type DType, Tensor, type TensorLocation } from "../core/index.ts";
import { converted, isFloat } from "./converted.ts";

function inMemory({ dtype, shape, bytes }: Tensor): TensorLocation {
  const storage = { kind: "memory", bytes } as const;
  return { storage, dtype, shape, strides: contiguousStrides(shape), storageOffset: 0 };
}

/** A tensor of a module: in memory, or left in the file of a checkpoint until it is asked for. */
export abstract class ModuleTensor {
  #held: Tensor | TensorLocation;

  constructor(data: Tensor) {
    this.#held = data;
  }

  get dtype(): DType {
    return this.#held.dtype;
  }

  get shape(): readonly number[] {
    return this.#held.shape;
  }

  /** The elements, with which the module computes: not a copy. One in a file is read first, and is in memory from then on. */
  get data(): Tensor {
    if (!(this.#held instanceof Tensor)) this.#held = readTensor(this.#held);
    return this.#held;
  }

  /** Where the elements lie; nothing is read. */
  get location(): TensorLocation {
    return this.#held instanceof Tensor ? inMemory(this.#held) : this.#held;
  }

  /** Leaves the elements where they are, from now on there. */
  place(location: TensorLocation): void {
    this.#held = location;
  }

  /** Makes floats those of another width; they are in memory from then on. */
  convert(dtype: DType): void {
    if (this.dtype !== dtype && isFloat(this.dtype)) this.#held = converted(this.data, dtype);
  }

  /** Copies the elements of `from`, converted to the dtype there is. */
  copy(from: Tensor): void {
    const { data } = this;
    data.bytes.set(converted(from, data.dtype).bytes);
  }
}

/** A tensor of a module that PyTorch would train. */
export class Parameter extends ModuleTensor {}

/** A tensor of a module that is state without being trained; in the state dict unless it is not persistent. */
export class Buffer extends ModuleTensor {
  readonly persistent: boolean;

  constructor(data: Tensor, options: { readonly persistent?: boolean } = {}) {
    super(data);
    this.persistent = options.persistent ?? true;
  }
}
