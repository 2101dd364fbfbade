import { PointwiseModule } from "./pointwise-module.ts";

export interface GELUOptions {
  /** "tanh" for the approximation by a hyperbolic tangent; "none", the exact one, unless given. */
  readonly approximate?: "none" | "tanh";
}

/** `x * Φ(x)`, as `torch.nn.GELU`. */
export class GELU extends PointwiseModule {
  override readonly target = "aten.gelu.default";
  readonly approximate: "none" | "tanh";

  constructor(options: GELUOptions = {}) {
    super();
    this.approximate = options.approximate ?? "none";
  }

  override arguments(): { readonly approximate: string } {
    return { approximate: this.approximate };
  }
}
