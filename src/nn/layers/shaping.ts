import type { Dim } from "../../core/index.ts";
import { type InterpolateOptions, interpolate } from "../functional/resizing.ts";
import { Module } from "../module.ts";
import type { SymbolicTensor } from "../symbolic-tensor.ts";
import type { TracedCall } from "../tracer.ts";
import { OperatorModule } from "./operator-module.ts";
import { type SizeOption, tuple } from "./tuple.ts";

/** Gives what it is given, as `torch.nn.Identity`. */
export class Identity extends Module {
  override forward(input: SymbolicTensor): SymbolicTensor {
    return input;
  }
}

/** Makes one axis of those from `startDim` to `endDim`, as `torch.nn.Flatten`: all but the rows unless given. */
export class Flatten extends Module {
  readonly startDim: number;
  readonly endDim: number;

  constructor(startDim = 1, endDim = -1) {
    super();
    this.startDim = startDim;
    this.endDim = endDim;
  }

  override forward(input: SymbolicTensor): SymbolicTensor {
    return input.flatten(this.startDim, this.endDim);
  }
}

/** Makes several axes of one, as `torch.nn.Unflatten`. */
export class Unflatten extends Module {
  readonly dim: number;
  readonly unflattenedSize: readonly Dim[];

  constructor(dim: number, unflattenedSize: readonly Dim[]) {
    super();
    this.dim = dim;
    this.unflattenedSize = unflattenedSize;
  }

  override forward(input: SymbolicTensor): SymbolicTensor {
    return input.unflatten(this.dim, this.unflattenedSize);
  }
}

export type UpsamplingOptions = Pick<InterpolateOptions, "size" | "scaleFactor">;

/** Resizes images, sequences or volumes, as `torch.nn.Upsample`. */
export class Upsample extends Module {
  readonly options: InterpolateOptions;

  constructor(options: InterpolateOptions) {
    super();
    this.options = options;
  }

  override forward(input: SymbolicTensor): SymbolicTensor {
    return interpolate(input, this.options);
  }
}

/** Resizes images, each pixel the nearest one, as `torch.nn.UpsamplingNearest2d`. */
export class UpsamplingNearest2d extends Upsample {
  constructor(options: UpsamplingOptions) {
    super({ ...options, mode: "nearest" });
  }
}

/** Resizes images bilinearly, their corners staying where they are, as `torch.nn.UpsamplingBilinear2d`. */
export class UpsamplingBilinear2d extends Upsample {
  constructor(options: UpsamplingOptions) {
    super({ ...options, mode: "bilinear", alignCorners: true });
  }
}

/** Makes images of channels, `upscaleFactor` times as wide and high, as `torch.nn.PixelShuffle`. */
export class PixelShuffle extends OperatorModule {
  constructor(upscaleFactor: number) {
    super("pixel_shuffle.default", { upscale_factor: upscaleFactor });
  }
}

/** Makes channels of images, as `torch.nn.PixelUnshuffle`. */
export class PixelUnshuffle extends OperatorModule {
  constructor(downscaleFactor: number) {
    super("pixel_unshuffle.default", { downscale_factor: downscaleFactor });
  }
}

/** Interleaves groups of channels, as `torch.nn.ChannelShuffle`. */
export class ChannelShuffle extends OperatorModule {
  constructor(groups: number) {
    super("channel_shuffle.default", { groups });
  }
}

export interface FoldOptions {
  readonly dilation?: SizeOption;
  readonly padding?: SizeOption;
  readonly stride?: SizeOption;
}

function blocks(kernelSize: SizeOption, { dilation = 1, padding = 0, stride = 1 }: FoldOptions): TracedCall["args"] {
  return {
    kernel_size: tuple(2, kernelSize, "kernelSize"),
    dilation: tuple(2, dilation, "dilation"),
    padding: tuple(2, padding, "padding"),
    stride: tuple(2, stride, "stride"),
  };
}

/** The windows of images as columns, as `torch.nn.Unfold`. */
export class Unfold extends OperatorModule {
  constructor(kernelSize: SizeOption, options: FoldOptions = {}) {
    super("im2col.default", blocks(kernelSize, options));
  }
}

/** Images of columns, what overlaps added up, as `torch.nn.Fold`. */
export class Fold extends OperatorModule {
  constructor(outputSize: SizeOption, kernelSize: SizeOption, options: FoldOptions = {}) {
    super("col2im.default", { output_size: tuple(2, outputSize, "outputSize"), ...blocks(kernelSize, options) });
  }
}
