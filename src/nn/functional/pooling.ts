import * as pools from "../layers/pooling.ts";
import type { SizeOption } from "../layers/tuple.ts";
import type { SymbolicTensor } from "../symbolic-tensor.ts";

export function maxPool1d(
  input: SymbolicTensor,
  kernelSize: SizeOption,
  options: pools.MaxPoolOptions = {},
): SymbolicTensor {
  return new pools.MaxPool1d(kernelSize, options).forward(input);
}

export function maxPool2d(
  input: SymbolicTensor,
  kernelSize: SizeOption,
  options: pools.MaxPoolOptions = {},
): SymbolicTensor {
  return new pools.MaxPool2d(kernelSize, options).forward(input);
}

export function avgPool1d(
  input: SymbolicTensor,
  kernelSize: SizeOption,
  options: pools.AvgPoolOptions = {},
): SymbolicTensor {
  return new pools.AvgPool1d(kernelSize, options).forward(input);
}

export function avgPool2d(
  input: SymbolicTensor,
  kernelSize: SizeOption,
  options: pools.AvgPoolOptions = {},
): SymbolicTensor {
  return new pools.AvgPool2d(kernelSize, options).forward(input);
}

export function adaptiveAvgPool1d(input: SymbolicTensor, outputSize: pools.OutputSize): SymbolicTensor {
  return new pools.AdaptiveAvgPool1d(outputSize).forward(input);
}

export function adaptiveAvgPool2d(input: SymbolicTensor, outputSize: pools.OutputSize): SymbolicTensor {
  return new pools.AdaptiveAvgPool2d(outputSize).forward(input);
}
