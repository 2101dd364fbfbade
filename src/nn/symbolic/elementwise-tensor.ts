import { type DType, Tensor } from "../../core/index.ts";
import { Buffer, Parameter } from "../parameter.ts";
import type { SymbolicTensor } from "../symbolic-tensor.ts";
import { type Operand, TracedTensor } from "./traced-tensor.ts";

/** Operators on one tensor, element by element, by the names of their methods. */
const UNARY = {
  abs: "abs",
  acos: "acos",
  acosh: "acosh",
  asin: "asin",
  asinh: "asinh",
  atan: "atan",
  atanh: "atanh",
  bitwiseNot: "bitwise_not",
  ceil: "ceil",
  cos: "cos",
  cosh: "cosh",
  erf: "erf",
  exp: "exp",
  exp2: "exp2",
  expm1: "expm1",
  floor: "floor",
  frac: "frac",
  isfinite: "isfinite",
  isinf: "isinf",
  isnan: "isnan",
  log: "log",
  log10: "log10",
  log1p: "log1p",
  log2: "log2",
  logicalNot: "logical_not",
  neg: "neg",
  reciprocal: "reciprocal",
  relu: "relu",
  round: "round",
  rsqrt: "rsqrt",
  sigmoid: "sigmoid",
  sign: "sign",
  sin: "sin",
  sinh: "sinh",
  sqrt: "sqrt",
  square: "square",
  tan: "tan",
  tanh: "tanh",
  trunc: "trunc",
} as const;

type UnaryMethods = { readonly [name in keyof typeof UNARY]: () => SymbolicTensor };

/** TracedTensor with a method for each name of UNARY. */
function withUnary(): abstract new (
  ...args: ConstructorParameters<typeof TracedTensor>
) => TracedTensor & UnaryMethods {
  abstract class WithUnary extends TracedTensor {}
  for (const [method, name] of Object.entries(UNARY)) {
    const value = function (this: WithUnary): SymbolicTensor {
      return this.op(`${name}.default`);
    };
    Object.defineProperty(WithUnary.prototype, method, { value, configurable: true, writable: true });
  }
  return WithUnary as ReturnType<typeof withUnary>;
}

const UnaryTensor: ReturnType<typeof withUnary> = withUnary();

function isTensor(operand: Operand): boolean {
  return (
    operand instanceof TracedTensor ||
    operand instanceof Parameter ||
    operand instanceof Buffer ||
    operand instanceof Tensor
  );
}

/** Arithmetic and comparison, with broadcasting. A whole number counts as an integer, as in Python: `x.mul(2)`. */
export abstract class ElementwiseTensor extends UnaryTensor {
  add(other: Operand): SymbolicTensor {
    return this.op("add.Tensor", { other });
  }

  sub(other: Operand): SymbolicTensor {
    return this.op("sub.Tensor", { other });
  }

  /** `other - this`. */
  rsub(other: Operand): SymbolicTensor {
    return this.op(isTensor(other) ? "rsub.Tensor" : "rsub.Scalar", { other });
  }

  mul(other: Operand): SymbolicTensor {
    return this.op("mul.Tensor", { other });
  }

  div(other: Operand): SymbolicTensor {
    return this.op("div.Tensor", { other });
  }

  floorDivide(other: Operand): SymbolicTensor {
    return this.op("floor_divide.default", { other });
  }

  remainder(other: Operand): SymbolicTensor {
    return this.#compared("remainder", other);
  }

  pow(exponent: Operand): SymbolicTensor {
    return this.op(isTensor(exponent) ? "pow.Tensor_Tensor" : "pow.Tensor_Scalar", { exponent });
  }

  maximum(other: Operand): SymbolicTensor {
    return this.op("maximum.default", { other });
  }

  minimum(other: Operand): SymbolicTensor {
    return this.op("minimum.default", { other });
  }

  eq(other: Operand): SymbolicTensor {
    return this.#compared("eq", other);
  }

  ne(other: Operand): SymbolicTensor {
    return this.#compared("ne", other);
  }

  lt(other: Operand): SymbolicTensor {
    return this.#compared("lt", other);
  }

  le(other: Operand): SymbolicTensor {
    return this.#compared("le", other);
  }

  gt(other: Operand): SymbolicTensor {
    return this.#compared("gt", other);
  }

  ge(other: Operand): SymbolicTensor {
    return this.#compared("ge", other);
  }

  logicalAnd(other: Operand): SymbolicTensor {
    return this.op("logical_and.default", { other });
  }

  logicalOr(other: Operand): SymbolicTensor {
    return this.op("logical_or.default", { other });
  }

  logicalXor(other: Operand): SymbolicTensor {
    return this.op("logical_xor.default", { other });
  }

  clamp(limits: { readonly min?: number; readonly max?: number }): SymbolicTensor {
    return this.op("clamp.default", { min: limits.min ?? null, max: limits.max ?? null });
  }

  /** `value` where `mask` holds. */
  maskedFill(mask: Operand, value: Operand): SymbolicTensor {
    return this.op(isTensor(value) ? "masked_fill.Tensor" : "masked_fill.Scalar", { mask, value });
  }

  /** This where `condition` holds, `other` elsewhere. */
  where(condition: Operand, other: Operand): SymbolicTensor {
    const target = isTensor(other) ? "aten.where.self" : "aten.where.ScalarOther";
    return this.call({ target, args: { condition, self: this, other } });
  }

  to(dtype: DType): SymbolicTensor {
    return this.op("to.dtype", { dtype });
  }

  float(): SymbolicTensor {
    return this.to("float32");
  }

  long(): SymbolicTensor {
    return this.to("int64");
  }

  bool(): SymbolicTensor {
    return this.to("bool");
  }

  typeAs(other: SymbolicTensor): SymbolicTensor {
    return this.to(other.dtype);
  }

  #compared(name: string, other: Operand): SymbolicTensor {
    return this.op(`${name}.${isTensor(other) ? "Tensor" : "Scalar"}`, { other });
  }
}
