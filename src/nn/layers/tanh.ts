import { PointwiseModule } from "./pointwise-module.ts";

/** The hyperbolic tangent, as `torch.nn.Tanh`. */
export class Tanh extends PointwiseModule {
  override readonly target = "aten.tanh.default";
}
