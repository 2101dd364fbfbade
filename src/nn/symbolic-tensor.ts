import { type Dim, DTYPES, type DType, RelayError } from "../core/index.ts";
import { resultType, type TensorType, type Value } from "../graph/index.ts";
import { assert, required } from "../util/index.ts";
import type { Buffer, Parameter } from "./parameter.ts";
import { shapeError } from "./shape-error.ts";
import {
  axisOf,
  broadcastShapes,
  flattenedShape,
  joinedShape,
  matmulShape,
  reducedShape,
  reshapedShape,
} from "./shapes.ts";
import type { TracedCall, Tracer } from "./tracer.ts";

/** What stands beside a symbolic tensor in arithmetic. */
export type Operand = SymbolicTensor | Parameter | Buffer | number;

export interface ReductionOptions {
  /** Keeps the reduced axes, with size 1. */
  readonly keepdim?: boolean;
}

type Axes = number | readonly number[];

function shapeOf(operand: Operand): readonly Dim[] {
  if (typeof operand === "number") return [];
  return operand instanceof SymbolicTensor ? operand.shape : operand.shape;
}

function asFloat(dtype: DType): DType {
  const { category } = DTYPES[dtype];
  return category === "float" || category === "complex" ? dtype : "float32";
}

/**
 * A tensor that a module computes while it is traced: a shape and a dtype, with PyTorch's methods. Each puts one operator
 * into the graph. @throws RelayError INPUT_SHAPE from every method that its shape does not suit.
 */
export class SymbolicTensor {
  readonly value: Value;
  readonly #tracer: Tracer;

  constructor(tracer: Tracer, value: Value) {
    this.#tracer = tracer;
    this.value = value;
  }

  get type(): TensorType {
    const { type } = this.value;
    assert(type.kind === "tensor", "a symbolic tensor is a tensor");
    return type;
  }

  get shape(): readonly Dim[] {
    return this.type.shape;
  }

  get dtype(): DType {
    return this.type.dtype;
  }

  /** Puts any operator into the graph; for modules. */
  call(call: TracedCall): SymbolicTensor {
    return this.#tracer.call(call);
  }

  size(dim: number): Dim {
    return required(this.shape[axisOf(this.shape, dim, "size")], "a legal axis");
  }

  // Arithmetic, with broadcasting.

  add(other: Operand): SymbolicTensor {
    return this.#binary("add", other);
  }

  sub(other: Operand): SymbolicTensor {
    return this.#binary("sub", other);
  }

  mul(other: Operand): SymbolicTensor {
    return this.#binary("mul", other);
  }

  div(other: Operand): SymbolicTensor {
    return this.#binary("div", other, asFloat);
  }

  pow(exponent: number): SymbolicTensor {
    const dtype = this.#promoted("pow", exponent);
    return this.#pointwise("aten.pow.Tensor_Scalar", { exponent }, dtype);
  }

  matmul(other: SymbolicTensor | Parameter | Buffer): SymbolicTensor {
    const shape = matmulShape(this.shape, shapeOf(other));
    return this.call({ target: "aten.matmul.default", args: { self: this, other }, shape, dtype: this.dtype });
  }

  // Elements.

  neg(): SymbolicTensor {
    return this.#pointwise("aten.neg.default");
  }

  abs(): SymbolicTensor {
    return this.#pointwise("aten.abs.default");
  }

  exp(): SymbolicTensor {
    return this.#pointwise("aten.exp.default", {}, asFloat(this.dtype));
  }

  log(): SymbolicTensor {
    return this.#pointwise("aten.log.default", {}, asFloat(this.dtype));
  }

  sqrt(): SymbolicTensor {
    return this.#pointwise("aten.sqrt.default", {}, asFloat(this.dtype));
  }

  sigmoid(): SymbolicTensor {
    return this.#pointwise("aten.sigmoid.default", {}, asFloat(this.dtype));
  }

  tanh(): SymbolicTensor {
    return this.#pointwise("aten.tanh.default", {}, asFloat(this.dtype));
  }

  relu(): SymbolicTensor {
    return this.#pointwise("aten.relu.default");
  }

  softmax(dim: number): SymbolicTensor {
    axisOf(this.shape, dim, "softmax");
    return this.#pointwise("aten.softmax.int", { dim });
  }

  // Reductions, over all axes unless told which.

  sum(dim?: Axes, options: ReductionOptions = {}): SymbolicTensor {
    const dtype = asFloat(this.dtype) === this.dtype ? this.dtype : "int64";
    return this.#reduced("aten.sum.default", "aten.sum.dim_IntList", dim, options, dtype);
  }

  mean(dim?: Axes, options: ReductionOptions = {}): SymbolicTensor {
    return this.#reduced("aten.mean.default", "aten.mean.dim", dim, options);
  }

  amax(dim?: Axes, options: ReductionOptions = {}): SymbolicTensor {
    return this.#reduced("aten.amax.default", "aten.amax.default", dim, options);
  }

  // Views.

  /** One of the sizes may be -1: what the others leave. */
  view(...size: readonly Dim[]): SymbolicTensor {
    return this.#regrouped("aten.view.default", { size }, reshapedShape(this.shape, size));
  }

  /** One of the sizes may be -1: what the others leave. */
  reshape(...shape: readonly Dim[]): SymbolicTensor {
    return this.#regrouped("aten.reshape.default", { shape }, reshapedShape(this.shape, shape));
  }

  flatten(startDim = 0, endDim = -1): SymbolicTensor {
    const [start, end] = [axisOf(this.shape, startDim, "flatten"), axisOf(this.shape, endDim, "flatten")];
    const args = { start_dim: startDim, end_dim: endDim };
    return this.#regrouped("aten.flatten.using_ints", args, flattenedShape(this.shape, start, end));
  }

  unsqueeze(dim: number): SymbolicTensor {
    const axis = axisOf([1, ...this.shape], dim, "unsqueeze");
    return this.#regrouped("aten.unsqueeze.default", { dim }, this.shape.toSpliced(axis, 0, 1));
  }

  /** Drops axis `dim`, which must have size 1. */
  squeeze(dim: number): SymbolicTensor {
    const axis = axisOf(this.shape, dim, "squeeze");
    if (this.shape[axis] !== 1) throw shapeError("squeeze", this.shape, `a tensor of size 1 on axis ${dim}`);
    return this.#regrouped("aten.squeeze.dim", { dim }, this.shape.toSpliced(axis, 1));
  }

  permute(...dims: readonly number[]): SymbolicTensor {
    const axes = dims.map((dim) => axisOf(this.shape, dim, "permute"));
    const isPermutation = axes.length === this.shape.length && new Set(axes).size === axes.length;
    if (!isPermutation) throw shapeError("permute", this.shape, `a tensor of ${dims.length} axes, each named once`);
    return this.#strided(
      "aten.permute.default",
      { dims },
      axes.map((axis) => this.size(axis)),
    );
  }

  transpose(dim0: number, dim1: number): SymbolicTensor {
    const [a, b] = [axisOf(this.shape, dim0, "transpose"), axisOf(this.shape, dim1, "transpose")];
    const shape = this.shape.with(a, this.size(b)).with(b, this.size(a));
    return this.#strided("aten.transpose.int", { dim0, dim1 }, shape);
  }

  /** Takes place `index` of axis `dim`, which goes. */
  select(dim: number, index: number): SymbolicTensor {
    const axis = axisOf(this.shape, dim, "select");
    return this.#strided("aten.select.int", { dim, index }, this.shape.toSpliced(axis, 1));
  }

  #regrouped(target: string, args: TracedCall["args"], shape: readonly Dim[]): SymbolicTensor {
    const isStrided = this.type.contiguous !== true;
    return this.call({ target, args: { self: this, ...args }, shape, dtype: this.dtype, isStrided });
  }

  #strided(target: string, args: TracedCall["args"], shape: readonly Dim[]): SymbolicTensor {
    return this.call({ target, args: { self: this, ...args }, shape, dtype: this.dtype, isStrided: true });
  }

  #pointwise(target: string, args: TracedCall["args"] = {}, dtype: DType = this.dtype): SymbolicTensor {
    return this.call({ target, args: { self: this, ...args }, shape: this.shape, dtype });
  }

  #promoted(name: string, other: Operand): DType {
    const operands = [this.#tracer.argument(this), this.#tracer.argument(other)];
    const dtype = resultType(operands);
    if (dtype === undefined) throw shapeError(name, this.shape, `operands with a common dtype, not ${this.dtype}`);
    return dtype;
  }

  #binary(name: string, other: Operand, resulting: (dtype: DType) => DType = (dtype) => dtype): SymbolicTensor {
    const shape = broadcastShapes(this.shape, shapeOf(other), name);
    const dtype = resulting(this.#promoted(name, other));
    return this.call({ target: `aten.${name}.Tensor`, args: { self: this, other }, shape, dtype });
  }

  #reduced(
    whole: string,
    along: string,
    dim: Axes | undefined,
    options: ReductionOptions,
    dtype = this.dtype,
  ): SymbolicTensor {
    if (dim === undefined) return this.call({ target: whole, args: { self: this }, shape: [], dtype });
    const dims = typeof dim === "number" ? [dim] : dim;
    const { keepdim = false } = options;
    const axes = dims.map((each) => axisOf(this.shape, each, "a reduction"));
    const shape = reducedShape(this.shape, axes, keepdim);
    return this.call({ target: along, args: { self: this, dim: dims, keepdim }, shape, dtype });
  }
}

/** Joins tensors along axis `dim`; their other axes agree. */
export function cat(tensors: readonly SymbolicTensor[], dim = 0): SymbolicTensor {
  const [first, ...rest] = tensors;
  if (!first)
    throw new RelayError("OPTION_INVALID", { option: "tensors", given: "an empty list", legal: "one or more" });
  const axis = axisOf(first.shape, dim, "cat");
  const shape = rest.reduce((sum, each) => joinedShape(sum, each.shape, axis), first.shape);
  const dtype = resultType(tensors.map(({ value }) => ({ value }))) ?? first.dtype;
  return first.call({ target: "aten.cat.default", args: { tensors, dim }, shape, dtype });
}
