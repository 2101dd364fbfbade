import type { Dim } from "../../core/index.ts";
import { Module } from "../module.ts";
import type { SymbolicTensor } from "../symbolic-tensor.ts";
import type { TracedCall } from "../tracer.ts";
import { OperatorModule } from "./operator-module.ts";
import { checkSizes } from "./sizes.ts";
import { type SizeOption, tuple } from "./tuple.ts";

interface WindowOptions {
  /** The kernel's size unless given. */
  readonly stride?: SizeOption;
  /** At most half of the kernel's size. */
  readonly padding?: SizeOption;
  /** Whether a last window may reach past the edge. */
  readonly ceilMode?: boolean;
}

export interface MaxPoolOptions extends WindowOptions {
  readonly dilation?: SizeOption;
}

export interface AvgPoolOptions extends WindowOptions {
  /** Whether the padding counts in the mean; true unless given. */
  readonly countIncludePad?: boolean;
  /** Divides sums instead of the number of elements; not for one axis. */
  readonly divisorOverride?: number;
}

function windows(rank: number, kernel: SizeOption, options: WindowOptions): TracedCall["args"] {
  const { stride = kernel, padding = 0, ceilMode = false } = options;
  const sizes = { kernelSize: tuple(rank, kernel, "kernelSize"), stride: tuple(rank, stride, "stride") };
  checkSizes(sizes);
  return {
    kernel_size: sizes.kernelSize,
    stride: sizes.stride,
    padding: tuple(rank, padding, "padding"),
    ceil_mode: ceilMode,
  };
}

export function maxPoolArgs(rank: number, kernel: SizeOption, options: MaxPoolOptions): TracedCall["args"] {
  const dilation = tuple(rank, options.dilation ?? 1, "dilation");
  checkSizes({ dilation });
  return { ...windows(rank, kernel, options), dilation };
}

function avgArgs(rank: number, kernel: SizeOption, options: AvgPoolOptions): TracedCall["args"] {
  const { countIncludePad = true, divisorOverride = null } = options;
  const divisor = rank === 1 ? {} : { divisor_override: divisorOverride };
  return { ...windows(rank, kernel, options), count_include_pad: countIncludePad, ...divisor };
}

/** The greatest element of each window, as `torch.nn.MaxPool1d`. */
export class MaxPool1d extends OperatorModule {
  constructor(kernelSize: SizeOption, options: MaxPoolOptions = {}) {
    super("max_pool1d.default", maxPoolArgs(1, kernelSize, options));
  }
}

/** The greatest element of each window, as `torch.nn.MaxPool2d`. */
export class MaxPool2d extends OperatorModule {
  constructor(kernelSize: SizeOption, options: MaxPoolOptions = {}) {
    super("max_pool2d.default", maxPoolArgs(2, kernelSize, options));
  }
}

/** The greatest element of each window, as `torch.nn.MaxPool3d`. */
export class MaxPool3d extends OperatorModule {
  constructor(kernelSize: SizeOption, options: MaxPoolOptions = {}) {
    super("max_pool3d.default", maxPoolArgs(3, kernelSize, options));
  }
}

/** The mean of each window, as `torch.nn.AvgPool1d`. */
export class AvgPool1d extends OperatorModule {
  constructor(kernelSize: SizeOption, options: AvgPoolOptions = {}) {
    super("avg_pool1d.default", avgArgs(1, kernelSize, options));
  }
}

/** The mean of each window, as `torch.nn.AvgPool2d`. */
export class AvgPool2d extends OperatorModule {
  constructor(kernelSize: SizeOption, options: AvgPoolOptions = {}) {
    super("avg_pool2d.default", avgArgs(2, kernelSize, options));
  }
}

/** The mean of each window, as `torch.nn.AvgPool3d`. */
export class AvgPool3d extends OperatorModule {
  constructor(kernelSize: SizeOption, options: AvgPoolOptions = {}) {
    super("avg_pool3d.default", avgArgs(3, kernelSize, options));
  }
}

/** The size of each axis of the output, or one for all; null keeps that of the input. */
export type OutputSize = number | null | readonly (number | null)[];

function eachSize(rank: number, outputSize: OutputSize): readonly (number | null)[] {
  const sizes: readonly (number | null)[] =
    outputSize === null || typeof outputSize === "number" ? Array(rank).fill(outputSize) : outputSize;
  const known = sizes.map((size) => size ?? 1);
  checkSizes({ outputSize: tuple(rank, known, "outputSize") });
  return sizes;
}

/** The sizes of the last axes of the output, of which null are those of `input`. */
export function outputSizes(rank: number, outputSize: OutputSize, input: SymbolicTensor): readonly Dim[] {
  const last = input.shape.slice(-rank);
  return eachSize(rank, outputSize).map((size, axis) => size ?? last[axis] ?? 1);
}

/** Pools equal parts of the last axes. */
abstract class AdaptivePool extends Module {
  readonly outputSize: readonly (number | null)[];
  readonly target: string;

  constructor(target: string, rank: number, outputSize: OutputSize) {
    super();
    this.target = `aten.${target}.default`;
    this.outputSize = eachSize(rank, outputSize);
  }

  override forward(self: SymbolicTensor): SymbolicTensor {
    const { outputSize, target } = this;
    const args = { self, output_size: outputSizes(outputSize.length, outputSize, self) };
    return self.call({ target, args, module: this });
  }
}

/** Averages over equal parts, as `torch.nn.AdaptiveAvgPool1d`. */
export class AdaptiveAvgPool1d extends AdaptivePool {
  constructor(outputSize: OutputSize) {
    super("adaptive_avg_pool1d", 1, outputSize);
  }
}

/** Averages over equal parts of the image, as `torch.nn.AdaptiveAvgPool2d`. */
export class AdaptiveAvgPool2d extends AdaptivePool {
  constructor(outputSize: OutputSize) {
    super("adaptive_avg_pool2d", 2, outputSize);
  }
}

/** Averages over equal parts of the volume, as `torch.nn.AdaptiveAvgPool3d`. */
export class AdaptiveAvgPool3d extends AdaptivePool {
  constructor(outputSize: OutputSize) {
    super("adaptive_avg_pool3d", 3, outputSize);
  }
}

/** The greatest elements of equal parts, as `torch.nn.AdaptiveMaxPool1d`. */
export class AdaptiveMaxPool1d extends AdaptivePool {
  constructor(outputSize: OutputSize) {
    super("adaptive_max_pool1d", 1, outputSize);
  }
}

/** The greatest elements of equal parts of the image, as `torch.nn.AdaptiveMaxPool2d`. */
export class AdaptiveMaxPool2d extends AdaptivePool {
  constructor(outputSize: OutputSize) {
    super("adaptive_max_pool2d", 2, outputSize);
  }
}

/** The greatest elements of equal parts of the volume, as `torch.nn.AdaptiveMaxPool3d`. */
export class AdaptiveMaxPool3d extends AdaptivePool {
  constructor(outputSize: OutputSize) {
    super("adaptive_max_pool3d", 3, outputSize);
  }
}
