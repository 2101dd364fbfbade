import { RelayError } from "../../core/index.ts";
import { pad } from "../functional/padding.ts";
import { fanInBias, kaimingUniform } from "../init.ts";
import { Module } from "../module.ts";
import type { Parameter } from "../parameter.ts";
import type { SymbolicTensor } from "../symbolic-tensor.ts";
import { checkSizes } from "./sizes.ts";
import { type SizeOption, tuple } from "./tuple.ts";

/** How a convolution fills the edges. */
export type PaddingMode = "zeros" | "reflect" | "replicate" | "circular";

interface SharedOptions {
  readonly stride?: SizeOption;
  readonly dilation?: SizeOption;
  readonly groups?: number;
  readonly bias?: boolean;
}

export interface ConvOptions extends SharedOptions {
  /** "same" keeps the sizes, for stride 1; "valid" is 0. */
  readonly padding?: SizeOption | "same" | "valid";
  readonly paddingMode?: PaddingMode;
}

export interface ConvTransposeOptions extends SharedOptions {
  readonly padding?: SizeOption;
  /** Added to one side of each axis of the output. */
  readonly outputPadding?: SizeOption;
}

/** What convolutions of every direction and rank have. */
abstract class Convolution extends Module {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  readonly groups: number;

  constructor(rank: number, channels: readonly [number, number], kernelSize: SizeOption, options: SharedOptions) {
    super();
    const [inChannels, outChannels] = channels;
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.kernelSize = tuple(rank, kernelSize, "kernelSize");
    this.stride = tuple(rank, options.stride ?? 1, "stride");
    this.dilation = tuple(rank, options.dilation ?? 1, "dilation");
    this.groups = options.groups ?? 1;
    const { stride, dilation, groups } = this;
    checkSizes({ inChannels, outChannels, kernelSize: this.kernelSize, stride, dilation, groups });
    if (inChannels % groups === 0 && outChannels % groups === 0) return;
    const legal = "a divisor of both channel counts";
    throw new RelayError("OPTION_INVALID", { option: "groups", given: groups, legal });
  }
}

function initial(shape: readonly number[], outChannels: number, bias = true): [Parameter, Parameter | null] {
  const fanIn = shape.slice(1).reduce((product, size) => product * size, 1);
  return [kaimingUniform(shape, fanIn), bias ? fanInBias(outChannels, fanIn) : null];
}

function checkSame(padding: string | readonly number[], stride: readonly number[]): void {
  if (padding !== "same" || stride.every((step) => step === 1)) return;
  const legal = "numbers where the stride is not 1";
  throw new RelayError("OPTION_INVALID", { option: "padding", given: "same", legal });
}

abstract class ConvNd extends Convolution {
  readonly padding: readonly number[] | "same" | "valid";
  readonly paddingMode: PaddingMode;
  readonly weight: Parameter;
  readonly bias: Parameter | null;

  constructor(rank: number, channels: readonly [number, number], kernelSize: SizeOption, options: ConvOptions) {
    super(rank, channels, kernelSize, options);
    const { padding = 0, paddingMode = "zeros" } = options;
    this.padding = typeof padding === "string" ? padding : tuple(rank, padding, "padding");
    this.paddingMode = paddingMode;
    checkSame(this.padding, this.stride);
    const shape = [this.outChannels, this.inChannels / this.groups, ...this.kernelSize];
    [this.weight, this.bias] = initial(shape, this.outChannels, options.bias);
  }

  override forward(input: SymbolicTensor): SymbolicTensor {
    const { weight, bias, stride, padding, dilation, groups, paddingMode } = this;
    const target = `aten.conv${stride.length}d.${typeof padding === "string" ? "padding" : "default"}`;
    if (paddingMode === "zeros") {
      const args = { input, weight, bias, stride, padding, dilation, groups };
      return input.call({ target, args, module: this });
    }
    const padded = pad(input, this.#edges(), { mode: paddingMode });
    const args = { input: padded, weight, bias, stride, padding: stride.map(() => 0), dilation, groups };
    return input.call({ target: `aten.conv${stride.length}d.default`, args, module: this });
  }

  /** From the last axis on, before and after. */
  #edges(): readonly number[] {
    const { padding, kernelSize, dilation } = this;
    const sides = kernelSize.map((size, axis): readonly [number, number] => {
      if (padding === "valid") return [0, 0];
      const total = (dilation[axis] ?? 1) * (size - 1);
      if (padding === "same") return [Math.floor(total / 2), Math.ceil(total / 2)];
      return [padding[axis] ?? 0, padding[axis] ?? 0];
    });
    return sides.reverse().flat();
  }
}

/** `[rows, inChannels, length]` to `[rows, outChannels, …]`, as `torch.nn.Conv1d`. */
export class Conv1d extends ConvNd {
  constructor(inChannels: number, outChannels: number, kernelSize: SizeOption, options: ConvOptions = {}) {
    super(1, [inChannels, outChannels], kernelSize, options);
  }
}

/** `[rows, inChannels, height, width]` to `[rows, outChannels, …]`, as `torch.nn.Conv2d`. */
export class Conv2d extends ConvNd {
  constructor(inChannels: number, outChannels: number, kernelSize: SizeOption, options: ConvOptions = {}) {
    super(2, [inChannels, outChannels], kernelSize, options);
  }
}

/** `[rows, inChannels, depth, height, width]` to `[rows, outChannels, …]`, as `torch.nn.Conv3d`. */
export class Conv3d extends ConvNd {
  constructor(inChannels: number, outChannels: number, kernelSize: SizeOption, options: ConvOptions = {}) {
    super(3, [inChannels, outChannels], kernelSize, options);
  }
}

const TRANSPOSED = ["conv_transpose1d.default", "conv_transpose2d.input", "conv_transpose3d.input"];

abstract class ConvTransposeNd extends Convolution {
  readonly padding: readonly number[];
  readonly outputPadding: readonly number[];
  readonly weight: Parameter;
  readonly bias: Parameter | null;

  constructor(
    rank: number,
    channels: readonly [number, number],
    kernelSize: SizeOption,
    options: ConvTransposeOptions,
  ) {
    super(rank, channels, kernelSize, options);
    this.padding = tuple(rank, options.padding ?? 0, "padding");
    this.outputPadding = tuple(rank, options.outputPadding ?? 0, "outputPadding");
    const shape = [this.inChannels, this.outChannels / this.groups, ...this.kernelSize];
    [this.weight, this.bias] = initial(shape, this.outChannels, options.bias);
  }

  override forward(input: SymbolicTensor): SymbolicTensor {
    const { weight, bias, stride, padding, outputPadding: output_padding, groups, dilation } = this;
    const args = { input, weight, bias, stride, padding, output_padding, groups, dilation };
    return input.call({ target: `aten.${TRANSPOSED[stride.length - 1]}`, args, module: this });
  }
}

/** The transpose of a convolution over one axis, as `torch.nn.ConvTranspose1d`. */
export class ConvTranspose1d extends ConvTransposeNd {
  constructor(inChannels: number, outChannels: number, kernelSize: SizeOption, options: ConvTransposeOptions = {}) {
    super(1, [inChannels, outChannels], kernelSize, options);
  }
}

/** The transpose of a convolution of images, as `torch.nn.ConvTranspose2d`. */
export class ConvTranspose2d extends ConvTransposeNd {
  constructor(inChannels: number, outChannels: number, kernelSize: SizeOption, options: ConvTransposeOptions = {}) {
    super(2, [inChannels, outChannels], kernelSize, options);
  }
}

/** The transpose of a convolution of volumes, as `torch.nn.ConvTranspose3d`. */
export class ConvTranspose3d extends ConvTransposeNd {
  constructor(inChannels: number, outChannels: number, kernelSize: SizeOption, options: ConvTransposeOptions = {}) {
    super(3, [inChannels, outChannels], kernelSize, options);
  }
}
