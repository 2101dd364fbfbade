import { type Dim, type DType, RelayError } from "../core/index.ts";
import type { Operand } from "./symbolic/traced-tensor.ts";
import type { SymbolicTensor } from "./symbolic-tensor.ts";

/** Where a new tensor is put: into the graph of a tensor that is there. */
export interface LikeOptions {
  readonly like: SymbolicTensor;
  readonly dtype?: DType;
}

export interface DTypeOptions {
  readonly dtype?: DType;
}

function first(tensors: readonly SymbolicTensor[]): SymbolicTensor {
  const [tensor] = tensors;
  if (tensor) return tensor;
  throw new RelayError("OPTION_INVALID", { option: "tensors", given: "an empty list", legal: "one or more" });
}

/** Joins tensors along axis `dim`; their other axes agree. */
export function cat(tensors: readonly SymbolicTensor[], dim = 0): SymbolicTensor {
  return first(tensors).call({ target: "aten.cat.default", args: { tensors, dim } });
}

/** Joins tensors of one shape along a new axis. */
export function stack(tensors: readonly SymbolicTensor[], dim = 0): SymbolicTensor {
  return first(tensors).call({ target: "aten.stack.default", args: { tensors, dim } });
}

/** Joins tensors along the second axis, vectors along their one. */
export function hstack(tensors: readonly SymbolicTensor[]): SymbolicTensor {
  return first(tensors).call({ target: "aten.hstack.default", args: { tensors } });
}

/** Joins tensors along the first axis, vectors as rows. */
export function vstack(tensors: readonly SymbolicTensor[]): SymbolicTensor {
  return first(tensors).call({ target: "aten.vstack.default", args: { tensors } });
}

/** Grids of the coordinates in vectors; the first vector runs along the rows unless `indexing` is "xy". */
export function meshgrid(
  tensors: readonly SymbolicTensor[],
  { indexing = "ij" }: { readonly indexing?: "ij" | "xy" } = {},
): readonly SymbolicTensor[] {
  return first(tensors).calls({ target: "aten.meshgrid.indexing", args: { tensors, indexing } });
}

const WHERE: Readonly<Record<string, string>> = {
  "true true": "Scalar",
  "true false": "ScalarSelf",
  "false true": "ScalarOther",
  "false false": "self",
};

/** `a` where `condition` holds, `b` elsewhere. */
export function where(condition: SymbolicTensor, a: Operand, b: Operand): SymbolicTensor {
  const overload = WHERE[`${typeof a === "number"} ${typeof b === "number"}`] ?? "self";
  return condition.call({ target: `aten.where.${overload}`, args: { condition, self: a, other: b } });
}

/** Einstein's sum: `einsum("bhid,bhjd->bhij", q, k)`. */
export function einsum(equation: string, ...tensors: readonly SymbolicTensor[]): SymbolicTensor {
  return first(tensors).call({ target: "aten.einsum.default", args: { equation, tensors } });
}

/** Every product of an element of one vector by one of another. */
export function outer(a: SymbolicTensor, vec2: Operand): SymbolicTensor {
  return a.call({ target: "aten.outer.default", args: { self: a, vec2 } });
}

/** The numbers from 0 to below `end`; int64 unless told. */
export function arange(end: Dim, { like, dtype = "int64" }: LikeOptions): SymbolicTensor {
  return like.call({ target: "aten.arange.default", args: { end, dtype } });
}

/** float32 unless told. */
export function zeros(size: readonly Dim[], { like, dtype = "float32" }: LikeOptions): SymbolicTensor {
  return like.call({ target: "aten.zeros.default", args: { size, dtype } });
}

/** float32 unless told. */
export function ones(size: readonly Dim[], { like, dtype = "float32" }: LikeOptions): SymbolicTensor {
  return like.call({ target: "aten.ones.default", args: { size, dtype } });
}

/** int64 for whole numbers and else float32, unless told. */
export function full(size: readonly Dim[], fillValue: number, { like, dtype }: LikeOptions): SymbolicTensor {
  return like.call({ target: "aten.full.default", args: { size, fill_value: fillValue, dtype: dtype ?? null } });
}

/** `steps` numbers from `start` to `end`; float32 unless told. */
export function linspace(
  start: number,
  end: number,
  steps: number,
  { like, dtype = "float32" }: LikeOptions,
): SymbolicTensor {
  return like.call({ target: "aten.linspace.default", args: { start, end, steps, dtype } });
}

/** The matrix with ones on its diagonal; float32 unless told. */
export function eye(n: Dim, { like, dtype = "float32" }: LikeOptions): SymbolicTensor {
  return like.call({ target: "aten.eye.default", args: { n, dtype } });
}

/** Of the shape and, unless told, the dtype of `self`. */
export function zerosLike(self: SymbolicTensor, { dtype = self.dtype }: DTypeOptions = {}): SymbolicTensor {
  return self.call({ target: "aten.zeros_like.default", args: { self, dtype } });
}

/** Of the shape and, unless told, the dtype of `self`. */
export function onesLike(self: SymbolicTensor, { dtype = self.dtype }: DTypeOptions = {}): SymbolicTensor {
  return self.call({ target: "aten.ones_like.default", args: { self, dtype } });
}

/** Of the shape and, unless told, the dtype of `self`. */
export function fullLike(
  self: SymbolicTensor,
  fillValue: number,
  { dtype = self.dtype }: DTypeOptions = {},
): SymbolicTensor {
  return self.call({ target: "aten.full_like.default", args: { self, fill_value: fillValue, dtype } });
}

/** The distances of the rows of `x1` from those of `x2`, by the p-norm. */
export function cdist(x1: SymbolicTensor, x2: Operand, p = 2): SymbolicTensor {
  return x1.call({ target: "aten.cdist.default", args: { x1, x2, p } });
}
