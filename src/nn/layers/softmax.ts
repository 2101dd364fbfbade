import { Module } from "../module.ts";
import { axisOf } from "../shapes.ts";
import type { SymbolicTensor } from "../symbolic-tensor.ts";

/** `exp(x) / sum(exp(x))` along axis `dim`, as `torch.nn.Softmax`. */
export class Softmax extends Module {
  readonly dim: number;

  constructor(dim: number) {
    super();
    this.dim = dim;
  }

  override forward(self: SymbolicTensor): SymbolicTensor {
    const { dim } = this;
    axisOf(self.shape, dim, "Softmax");
    return self.call({
      target: "aten.softmax.int",
      args: { self, dim },
      shape: self.shape,
      dtype: self.dtype,
      module: this,
    });
  }
}
