import { PointwiseModule } from "./pointwise-module.ts";

export interface ReLUOptions {
  /** Whether the argument is changed rather than a new tensor made; the result is the same. */
  readonly inplace?: boolean;
}

/** `max(0, x)`, as `torch.nn.ReLU`. */
export class ReLU extends PointwiseModule {
  override readonly target: string;

  constructor(options: ReLUOptions = {}) {
    super();
    this.target = options.inplace ? "aten.relu_.default" : "aten.relu.default";
  }
}
