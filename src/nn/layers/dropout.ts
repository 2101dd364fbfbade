import { RelayError } from "../../core/index.ts";
import { Module } from "../module.ts";
import type { SymbolicTensor } from "../symbolic-tensor.ts";

/** Drops elements with probability `p` in training, as `torch.nn.Dropout`; nothing after `eval()`. */
export class Dropout extends Module {
  readonly p: number;

  constructor(p = 0.5) {
    super();
    if (!(p >= 0 && p <= 1)) throw new RelayError("OPTION_INVALID", { option: "p", given: p, legal: "0 to 1" });
    this.p = p;
  }

  override forward(input: SymbolicTensor): SymbolicTensor {
    const args = { input, p: this.p, train: this.training };
    const isStrided = !this.training && input.type.contiguous !== true;
    return input.call({
      target: "aten.dropout.default",
      args,
      shape: input.shape,
      dtype: input.dtype,
      isStrided,
      module: this,
    });
  }
}
