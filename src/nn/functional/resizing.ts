import { type Dim, RelayError } from "../../core/index.ts";
import type { SymbolicTensor } from "../symbolic-tensor.ts";

export type UpsampleMode = "nearest" | "nearest-exact" | "linear" | "bilinear" | "bicubic" | "trilinear";

export interface InterpolateOptions {
  /** The sizes of the last axes, or one for all. */
  readonly size?: Dim | readonly Dim[];
  readonly scaleFactor?: number | readonly number[];
  /** "nearest" unless given. */
  readonly mode?: UpsampleMode;
  /** Whether the corners stay where they are; not for the nearest modes. */
  readonly alignCorners?: boolean;
}

const TARGETS: Readonly<Record<UpsampleMode, readonly string[]>> = {
  nearest: ["upsample_nearest1d", "upsample_nearest2d", "upsample_nearest3d"],
  "nearest-exact": ["_upsample_nearest_exact1d", "_upsample_nearest_exact2d", "_upsample_nearest_exact3d"],
  linear: ["upsample_linear1d"],
  bilinear: ["", "upsample_bilinear2d"],
  bicubic: ["", "upsample_bicubic2d"],
  trilinear: ["", "", "upsample_trilinear3d"],
};

function spread<T>(option: T | readonly T[] | undefined, rank: number): readonly T[] | null {
  if (option === undefined) return null;
  return Array.isArray(option) ? option : Array<T>(rank).fill(option as T);
}

/** Resizes all axes but rows and channels, as `torch.nn.functional.interpolate`. */
export function interpolate(input: SymbolicTensor, options: InterpolateOptions): SymbolicTensor {
  const { mode = "nearest", alignCorners = false } = options;
  const rank = input.shape.length - 2;
  const target = TARGETS[mode][rank - 1];
  if (!target) {
    const legal = "one for the number of axes of the input";
    throw new RelayError("OPTION_INVALID", { option: "mode", given: mode, legal });
  }
  const output_size = spread(options.size, rank);
  const scale_factors = spread(options.scaleFactor, rank);
  if ((output_size === null) === (scale_factors === null)) {
    throw new RelayError("OPTION_INVALID", {
      option: "size",
      given: "beside scaleFactor, or neither",
      legal: "one of them",
    });
  }
  const corners = mode.startsWith("nearest") ? {} : { align_corners: alignCorners };
  return input.call({ target: `aten.${target}.vec`, args: { input, output_size, ...corners, scale_factors } });
}

/** As {@link interpolate}. */
export const upsample: typeof interpolate = interpolate;

export function pixelShuffle(self: SymbolicTensor, upscaleFactor: number): SymbolicTensor {
  return self.call({ target: "aten.pixel_shuffle.default", args: { self, upscale_factor: upscaleFactor } });
}

export function pixelUnshuffle(self: SymbolicTensor, downscaleFactor: number): SymbolicTensor {
  return self.call({ target: "aten.pixel_unshuffle.default", args: { self, downscale_factor: downscaleFactor } });
}

export function channelShuffle(self: SymbolicTensor, groups: number): SymbolicTensor {
  return self.call({ target: "aten.channel_shuffle.default", args: { self, groups } });
}

const GRID_MODES = ["bilinear", "nearest", "bicubic"] as const;
const GRID_PADDING = ["zeros", "border", "reflection"] as const;

export interface GridOptions {
  /** "bilinear" unless given. */
  readonly mode?: (typeof GRID_MODES)[number];
  /** What lies outside; "zeros" unless given. */
  readonly paddingMode?: (typeof GRID_PADDING)[number];
  readonly alignCorners?: boolean;
}

/** The elements of images at the places of a grid, from -1 to 1. */
export function gridSample(
  input: SymbolicTensor,
  grid: SymbolicTensor,
  { mode = "bilinear", paddingMode = "zeros", alignCorners = false }: GridOptions = {},
): SymbolicTensor {
  const modes = { interpolation_mode: GRID_MODES.indexOf(mode), padding_mode: GRID_PADDING.indexOf(paddingMode) };
  const args = { input, grid, ...modes, align_corners: alignCorners };
  return input.call({ target: "aten.grid_sampler.default", args });
}
