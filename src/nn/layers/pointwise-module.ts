import { Module } from "../module.ts";
import type { SymbolicTensor } from "../symbolic-tensor.ts";
import type { TracedCall } from "../tracer.ts";

/** A module that is one operator, which leaves shape and dtype alone. */
export abstract class PointwiseModule extends Module {
  abstract readonly target: string;

  /** The operator's arguments beside the tensor. */
  arguments(): TracedCall["args"] {
    return {};
  }

  override forward(self: SymbolicTensor): SymbolicTensor {
    const args = { self, ...this.arguments() };
    return self.call({ target: this.target, args, shape: self.shape, dtype: self.dtype, module: this });
  }
}
