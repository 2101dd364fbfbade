import { type Dim, type DType, RelayError } from "../core/index.ts";
import type { Operand } from "./symbolic/traced-tensor.ts";
import type { SymbolicTensor } from "./symbolic-tensor.ts";

/** Where a new tensor is put: into the graph of a tensor that is there. */
export interface LikeOptions {
  readonly like: SymbolicTensor;
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
