import { Module } from "../module.ts";
import type { SymbolicTensor } from "../symbolic-tensor.ts";
import type { TracedCall } from "../tracer.ts";

/** A module that is one operator on one tensor. */
export abstract class OperatorModule extends Module {
  readonly target: string;
  /** The operator's arguments beside the tensor. */
  readonly args: TracedCall["args"];

  constructor(target: string, args: TracedCall["args"] = {}) {
    super();
    this.target = `aten.${target}`;
    this.args = args;
  }

  override forward(self: SymbolicTensor): SymbolicTensor {
    return self.call({ target: this.target, args: { self, ...this.args }, module: this });
  }
}
