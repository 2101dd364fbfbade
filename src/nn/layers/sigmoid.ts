import { PointwiseModule } from "./pointwise-module.ts";

/** `1 / (1 + exp(-x))`, as `torch.nn.Sigmoid`. */
export class Sigmoid extends PointwiseModule {
  override readonly target = "aten.sigmoid.default";
}
