import type { Dim } from "../../core/index.ts";
import { Module } from "../module.ts";
import { windowCount } from "../shapes.ts";
import type { SymbolicTensor } from "../symbolic-tensor.ts";
import { imageOf } from "./image.ts";
import { type Pair, type PairOption, pair } from "./pair.ts";
import { checkSizes } from "./sizes.ts";

export interface MaxPool2dOptions {
  /** The kernel's size unless given. */
  readonly stride?: PairOption;
  /** At most half of the kernel's size. */
  readonly padding?: PairOption;
  readonly dilation?: PairOption;
  /** Whether a last window may reach past the edge. */
  readonly ceilMode?: boolean;
}

/** The greatest element of each window, as `torch.nn.MaxPool2d`. */
export class MaxPool2d extends Module {
  readonly kernelSize: Pair;
  readonly stride: Pair;
  readonly padding: Pair;
  readonly dilation: Pair;
  readonly ceilMode: boolean;

  constructor(kernelSize: PairOption, options: MaxPool2dOptions = {}) {
    super();
    this.kernelSize = pair(kernelSize);
    this.stride = pair(options.stride ?? kernelSize);
    this.padding = pair(options.padding ?? 0);
    this.dilation = pair(options.dilation ?? 1);
    this.ceilMode = options.ceilMode ?? false;
    checkSizes({ kernelSize: this.kernelSize, stride: this.stride, dilation: this.dilation });
  }

  override forward(self: SymbolicTensor): SymbolicTensor {
    const { leading, channels, height, width } = imageOf(self, "MaxPool2d");
    const { kernelSize: kernel_size, stride, padding, dilation, ceilMode: ceil_mode } = this;
    const args = { self, kernel_size, stride, padding, dilation, ceil_mode };
    const shape = [...leading, channels, this.#size(height, 0), this.#size(width, 1)];
    return self.call({ target: "aten.max_pool2d.default", args, shape, dtype: self.dtype, module: this });
  }

  #size(size: Dim, axis: 0 | 1): Dim {
    const { kernelSize, stride, padding, dilation, ceilMode } = this;
    const window = { kernel: kernelSize[axis], stride: stride[axis], padding: padding[axis], dilation: dilation[axis] };
    return windowCount(size, window, ceilMode);
  }
}
