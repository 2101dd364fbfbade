import { type LPPoolOptions, lpPool1d, lpPool2d, lpPool3d } from "../functional/pooling.ts";
import { Module } from "../module.ts";
import type { SymbolicTensor } from "../symbolic-tensor.ts";
import { type SizeOption, tuple } from "./tuple.ts";

/** The p-norm of each window. */
abstract class LPPool extends Module {
  readonly normType: number;
  readonly kernelSize: readonly number[];
  readonly options: LPPoolOptions;
  protected abstract readonly pool: typeof lpPool1d;

  constructor(rank: number, normType: number, kernelSize: SizeOption, options: LPPoolOptions) {
    super();
    this.normType = normType;
    this.kernelSize = tuple(rank, kernelSize, "kernelSize");
    this.options = options;
  }

  override forward(input: SymbolicTensor): SymbolicTensor {
    return this.pool(input, this.normType, this.kernelSize, this.options);
  }
}

/** The p-norm of each window, as `torch.nn.LPPool1d`. */
export class LPPool1d extends LPPool {
  protected override readonly pool: typeof lpPool1d = lpPool1d;

  constructor(normType: number, kernelSize: SizeOption, options: LPPoolOptions = {}) {
    super(1, normType, kernelSize, options);
  }
}

/** The p-norm of each window, as `torch.nn.LPPool2d`. */
export class LPPool2d extends LPPool {
  protected override readonly pool: typeof lpPool1d = lpPool2d;

  constructor(normType: number, kernelSize: SizeOption, options: LPPoolOptions = {}) {
    super(2, normType, kernelSize, options);
  }
}

/** The p-norm of each window, as `torch.nn.LPPool3d`. */
export class LPPool3d extends LPPool {
  protected override readonly pool: typeof lpPool1d = lpPool3d;

  constructor(normType: number, kernelSize: SizeOption, options: LPPoolOptions = {}) {
    super(3, normType, kernelSize, options);
  }
}
