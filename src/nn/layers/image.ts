import { type Dim, dimEquals } from "../../core/index.ts";
import { shapeError } from "../shape-error.ts";
import type { SymbolicTensor } from "../symbolic-tensor.ts";

/** The axes of `[rows, channels, height, width]`, or of one image without rows. */
export interface Image {
  readonly leading: readonly Dim[];
  readonly channels: Dim;
  readonly height: Dim;
  readonly width: Dim;
}

/** @throws RelayError INPUT_SHAPE when `input` is no image, or has not `expected` channels. */
export function imageOf(input: SymbolicTensor, module: string, expected?: number): Image {
  const { shape } = input;
  const [channels, height, width] = shape.slice(-3);
  const isImage = shape.length === 3 || shape.length === 4;
  const isExpected = channels !== undefined && (expected === undefined || dimEquals(channels, expected));
  if (!isImage || !isExpected || height === undefined || width === undefined) {
    throw shapeError(module, shape, `[rows, ${expected ?? "channels"}, height, width]`);
  }
  return { leading: shape.slice(0, -3), channels, height, width };
}
