import { type Dim, RelayError } from "../../core/index.ts";
import { fanInBias, kaimingUniform } from "../init.ts";
import { Module } from "../module.ts";
import type { Parameter } from "../parameter.ts";
import { windowCount } from "../shapes.ts";
import type { SymbolicTensor } from "../symbolic-tensor.ts";
import { imageOf } from "./image.ts";
import { type Pair, type PairOption, pair } from "./pair.ts";
import { checkSizes } from "./sizes.ts";

export interface Conv2dOptions {
  readonly stride?: PairOption;
  /** "same" keeps height and width, for stride 1; "valid" is 0. */
  readonly padding?: PairOption | "same" | "valid";
  readonly dilation?: PairOption;
  readonly groups?: number;
  readonly bias?: boolean;
}

/** `[rows, inChannels, height, width]` to `[rows, outChannels, …]`, as `torch.nn.Conv2d`. */
export class Conv2d extends Module {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: Pair;
  readonly stride: Pair;
  readonly padding: Pair | "same" | "valid";
  readonly dilation: Pair;
  readonly groups: number;
  readonly weight: Parameter;
  readonly bias: Parameter | null;

  constructor(inChannels: number, outChannels: number, kernelSize: PairOption, options: Conv2dOptions = {}) {
    super();
    const { padding = 0, groups = 1 } = options;
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.kernelSize = pair(kernelSize);
    this.stride = pair(options.stride ?? 1);
    this.padding = typeof padding === "string" ? padding : pair(padding);
    this.dilation = pair(options.dilation ?? 1);
    this.groups = groups;
    this.#check();
    const [height, width] = this.kernelSize;
    const fanIn = (inChannels / groups) * height * width;
    this.weight = kaimingUniform([outChannels, inChannels / groups, height, width], fanIn);
    this.bias = (options.bias ?? true) ? fanInBias(outChannels, fanIn) : null;
  }

  /** @throws RelayError OPTION_INVALID */
  #check(): void {
    const { inChannels, outChannels, kernelSize, stride, dilation, groups } = this;
    checkSizes({ inChannels, outChannels, kernelSize, stride, dilation, groups });
    if (inChannels % groups !== 0 || outChannels % groups !== 0) {
      throw new RelayError("OPTION_INVALID", {
        option: "groups",
        given: groups,
        legal: "a divisor of both channel counts",
      });
    }
    if (this.padding === "same" && (stride[0] !== 1 || stride[1] !== 1)) {
      throw new RelayError("OPTION_INVALID", {
        option: "padding",
        given: "same",
        legal: "numbers where the stride is not 1",
      });
    }
  }

  override forward(input: SymbolicTensor): SymbolicTensor {
    const { weight, bias, stride, padding, dilation, groups } = this;
    const { leading, height, width } = imageOf(input, "Conv2d", this.inChannels);
    const args = { input, weight, bias, stride, padding, dilation, groups };
    const shape = [...leading, this.outChannels, this.#size(height, 0), this.#size(width, 1)];
    const target = typeof padding === "string" ? "aten.conv2d.padding" : "aten.conv2d.default";
    return input.call({ target, args, shape, dtype: input.dtype, module: this });
  }

  #size(size: Dim, axis: 0 | 1): Dim {
    if (this.padding === "same") return size;
    const padding = this.padding === "valid" ? 0 : this.padding[axis];
    return windowCount(size, {
      kernel: this.kernelSize[axis],
      stride: this.stride[axis],
      padding,
      dilation: this.dilation[axis],
    });
  }
}
