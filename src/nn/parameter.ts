import type { Tensor } from "../core/index.ts";

/** A tensor of a module that PyTorch would train. The module computes with `data` itself, not with a copy. */
export class Parameter {
  readonly data: Tensor;

  constructor(data: Tensor) {
    this.data = data;
  }
}

/** A tensor of a module that is state without being trained; in the state dict unless it is not persistent. */
export class Buffer {
  readonly data: Tensor;
  readonly persistent: boolean;

  constructor(data: Tensor, options: { readonly persistent?: boolean } = {}) {
    this.data = data;
    this.persistent = options.persistent ?? true;
  }
}
