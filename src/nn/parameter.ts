import { readTensor } from "../container/index.ts";
import { contiguousStrides, type DType, Tensor, type TensorLocation } from "../core/index.ts";
import { converted, isFloat } from "./converted.ts";

function inMemory({ dtype, shape, bytes }: Pick<Tensor, "dtype" | "shape" | "bytes">): TensorLocation {
  const storage = { kind: "memory", bytes } as const;
  return { storage, dtype, shape, strides: contiguousStrides(shape), storageOffset: 0 };
}

/** Values that are yet to be made, when somebody asks for them. */
export interface Draft {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly tensor: () => Tensor;
  /** Nobody will ask. */
  readonly drop: () => void;
}

/** A tensor of a module: in memory, left in the file of a checkpoint, or yet to be made until it is asked for. */
export abstract class ModuleTensor {
  #held: Tensor | TensorLocation | Draft;

  constructor(data: Tensor | Draft) {
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
    if (!(this.#held instanceof Tensor)) {
      this.#held = "storage" in this.#held ? readTensor(this.#held) : this.#held.tensor();
    }
    return this.#held;
  }

  /** Where the elements lie; nothing is read. */
  get location(): TensorLocation {
    return "storage" in this.#held ? this.#held : inMemory(this.data);
  }

  /** Leaves the elements where they are, from now on there. */
  place(location: TensorLocation): void {
    this.#hold(location);
  }

  #hold(held: Tensor | TensorLocation | Draft): void {
    if ("drop" in this.#held) this.#held.drop();
    this.#held = held;
  }

  /** Makes floats those of another width; they are in memory from then on. */
  convert(dtype: DType): void {
    if (this.dtype === dtype || !isFloat(this.dtype)) return;
    const held = this.#held;
    if (!("drop" in held)) this.#held = converted(this.data, dtype);
    else this.#held = { ...held, dtype, tensor: () => converted(held.tensor(), dtype) };
  }

  /** Copies the elements of `from`, converted to the dtype there is. */
  copy(from: Tensor): void {
    const { bytes } = converted(from, this.dtype);
    if (!("drop" in this.#held)) this.data.bytes.set(bytes);
    else this.#hold(readTensor(inMemory({ dtype: this.dtype, shape: this.shape, bytes: bytes.slice() })));
  }

  /** Has the elements of `other`, which is not used any more. */
  take(other: ModuleTensor): void {
    this.#hold(other.#held);
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
