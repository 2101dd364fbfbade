import { Module } from "../module.ts";
import type { SymbolicTensor } from "../symbolic-tensor.ts";
import { imageOf } from "./image.ts";
import { checkSizes } from "./sizes.ts";

/** A size of the output; null keeps that of the input. */
type OutputSize = number | null;

/** Averages over equal parts of the image, as `torch.nn.AdaptiveAvgPool2d`. */
export class AdaptiveAvgPool2d extends Module {
  readonly outputSize: readonly [height: OutputSize, width: OutputSize];

  constructor(outputSize: OutputSize | readonly [height: OutputSize, width: OutputSize]) {
    super();
    this.outputSize = outputSize === null || typeof outputSize === "number" ? [outputSize, outputSize] : outputSize;
    checkSizes({ outputSize: this.outputSize.filter((size) => size !== null) });
  }

  override forward(self: SymbolicTensor): SymbolicTensor {
    const { leading, channels, height, width } = imageOf(self, "AdaptiveAvgPool2d");
    const output_size = [this.outputSize[0] ?? height, this.outputSize[1] ?? width];
    const shape = [...leading, channels, ...output_size];
    const target = "aten.adaptive_avg_pool2d.default";
    return self.call({ target, args: { self, output_size }, shape, dtype: self.dtype, module: this });
  }
}
