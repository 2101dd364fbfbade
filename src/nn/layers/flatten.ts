import { Module } from "../module.ts";
import type { SymbolicTensor } from "../symbolic-tensor.ts";

/** Makes one axis of those from `startDim` to `endDim`, as `torch.nn.Flatten`: all but the rows unless given. */
export class Flatten extends Module {
  readonly startDim: number;
  readonly endDim: number;

  constructor(startDim = 1, endDim = -1) {
    super();
    this.startDim = startDim;
    this.endDim = endDim;
  }

  override forward(self: SymbolicTensor): SymbolicTensor {
    return self.flatten(this.startDim, this.endDim);
  }
}
