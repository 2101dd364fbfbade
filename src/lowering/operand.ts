import type { Dim, DType } from "../core/index.ts";

/** A value of the ONNX graph. */
export interface Operand {
  readonly name: string;
  readonly dtype: DType;
}

/** An ONNX value whose shape is known as far as PyTorch recorded it. */
export interface ShapedOperand extends Operand {
  readonly shape: readonly Dim[];
}

/** An integer that is known now, or a 0-d int64 value that the graph computes. */
export type Size = number | Operand;

export function isStaticSizes(sizes: readonly Size[]): sizes is readonly number[] {
  return sizes.every((size) => typeof size === "number");
}
