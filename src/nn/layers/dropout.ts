import { RelayError } from "../../core/index.ts";
import { Module } from "../module.ts";
import type { SymbolicTensor } from "../symbolic-tensor.ts";
import type { InplaceOptions } from "./activations.ts";

/** Drops in training with probability `p`; nothing after `eval()`. */
abstract class Dropping extends Module {
  readonly p: number;
  protected abstract readonly operator: string;

  constructor(p = 0.5, _options: InplaceOptions = {}) {
    super();
    if (!(p >= 0 && p <= 1)) throw new RelayError("OPTION_INVALID", { option: "p", given: p, legal: "0 to 1" });
    this.p = p;
  }

  override forward(input: SymbolicTensor): SymbolicTensor {
    const args = { input, p: this.p, train: this.training };
    return input.call({ target: `aten.${this.operator}.default`, args, module: this });
  }
}

/** Drops elements, as `torch.nn.Dropout`. */
export class Dropout extends Dropping {
  protected override readonly operator: string = "dropout";
}

/** Drops channels, as `torch.nn.Dropout1d`. */
export class Dropout1d extends Dropping {
  protected override readonly operator: string = "feature_dropout";
}

/** Drops channels, as `torch.nn.Dropout2d`. */
export class Dropout2d extends Dropping {
  protected override readonly operator: string = "feature_dropout";
}

/** Drops channels, as `torch.nn.Dropout3d`. */
export class Dropout3d extends Dropping {
  protected override readonly operator: string = "feature_dropout";
}

/** Drops elements and keeps mean and variance, as `torch.nn.AlphaDropout`. */
export class AlphaDropout extends Dropping {
  protected override readonly operator: string = "alpha_dropout";
}

/** Drops channels and keeps mean and variance, as `torch.nn.FeatureAlphaDropout`. */
export class FeatureAlphaDropout extends Dropping {
  protected override readonly operator: string = "feature_alpha_dropout";
}
