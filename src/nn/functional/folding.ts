import { Fold, type FoldOptions, Unfold } from "../layers/shaping.ts";
import type { SizeOption } from "../layers/tuple.ts";
import type { SymbolicTensor } from "../symbolic-tensor.ts";

export function unfold(input: SymbolicTensor, kernelSize: SizeOption, options: FoldOptions = {}): SymbolicTensor {
  return new Unfold(kernelSize, options).forward(input);
}

export function fold(
  input: SymbolicTensor,
  outputSize: SizeOption,
  kernelSize: SizeOption,
  options: FoldOptions = {},
): SymbolicTensor {
  return new Fold(outputSize, kernelSize, options).forward(input);
}
