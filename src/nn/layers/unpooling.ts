import { type Dim, dimExpression } from "../../core/index.ts";
import { Module } from "../module.ts";
import type { SymbolicTensor } from "../symbolic-tensor.ts";
import { type SizeOption, tuple } from "./tuple.ts";

export interface MaxUnpoolOptions {
  /** The kernel's size unless given. */
  readonly stride?: SizeOption;
  readonly padding?: SizeOption;
}

/** Puts elements where a max pooling found them, zeros elsewhere. */
abstract class MaxUnpool extends Module {
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];

  constructor(rank: number, kernelSize: SizeOption, { stride = kernelSize, padding = 0 }: MaxUnpoolOptions) {
    super();
    this.kernelSize = tuple(rank, kernelSize, "kernelSize");
    this.stride = tuple(rank, stride, "stride");
    this.padding = tuple(rank, padding, "padding");
  }

  /** The sizes that the pooling had, as far as the sizes of what it gave tell. */
  protected sizes(input: SymbolicTensor, outputSize?: readonly Dim[]): readonly Dim[] {
    const rank = this.kernelSize.length;
    if (outputSize) return outputSize.slice(-rank);
    return this.kernelSize.map((kernel, axis) => {
      const [stride, padding] = [this.stride[axis] ?? 1, this.padding[axis] ?? 0];
      const size = dimExpression("add", input.size(axis - rank), -1);
      return dimExpression("add", dimExpression("mul", size, stride), kernel - 2 * padding);
    });
  }
}

/** The inverse of `maxPool1dWithIndices`, as `torch.nn.MaxUnpool1d`. */
export class MaxUnpool1d extends MaxUnpool {
  constructor(kernelSize: SizeOption, options: MaxUnpoolOptions = {}) {
    super(1, kernelSize, options);
  }

  override forward(input: SymbolicTensor, indices: SymbolicTensor, outputSize?: readonly Dim[]): SymbolicTensor {
    const args = { self: input.unsqueeze(-1), indices: indices.unsqueeze(-1) };
    const output_size = [...this.sizes(input, outputSize), 1];
    return input
      .call({ target: "aten.max_unpool2d.default", args: { ...args, output_size }, module: this })
      .squeeze(-1);
  }
}

/** The inverse of `maxPool2dWithIndices`, as `torch.nn.MaxUnpool2d`. */
export class MaxUnpool2d extends MaxUnpool {
  constructor(kernelSize: SizeOption, options: MaxUnpoolOptions = {}) {
    super(2, kernelSize, options);
  }

  override forward(input: SymbolicTensor, indices: SymbolicTensor, outputSize?: readonly Dim[]): SymbolicTensor {
    const args = { self: input, indices, output_size: this.sizes(input, outputSize) };
    return input.call({ target: "aten.max_unpool2d.default", args, module: this });
  }
}

/** The inverse of `maxPool3dWithIndices`, as `torch.nn.MaxUnpool3d`. */
export class MaxUnpool3d extends MaxUnpool {
  constructor(kernelSize: SizeOption, options: MaxUnpoolOptions = {}) {
    super(3, kernelSize, options);
  }

  override forward(input: SymbolicTensor, indices: SymbolicTensor, outputSize?: readonly Dim[]): SymbolicTensor {
    const { stride, padding } = this;
    const args = { self: input, indices, output_size: this.sizes(input, outputSize), stride, padding };
    return input.call({ target: "aten.max_unpool3d.default", args, module: this });
  }
}
