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
  deg2rad: "deg2rad",
  digamma: "digamma",
  erf: "erf",
  erfc: "erfc",
  erfinv: "erfinv",
  exp: "exp",
  exp2: "exp2",
  expm1: "expm1",
  floor: "floor",
  frac: "frac",
  i0: "i0",
  isfinite: "isfinite",
  isinf: "isinf",
  isnan: "isnan",
  isneginf: "isneginf",
  isposinf: "isposinf",
  lgamma: "lgamma",
  log: "log",
  log10: "log10",
  log1p: "log1p",
  log2: "log2",
  logicalNot: "logical_not",
  logit: "logit",
  nanToNum: "nan_to_num",
  neg: "neg",
  rad2deg: "rad2deg",
  reciprocal: "reciprocal",
  relu: "relu",
  round: "round",
  rsqrt: "rsqrt",
  sgn: "sgn",
  sigmoid: "sigmoid",
  sign: "sign",
  signbit: "signbit",
  sin: "sin",
  sinc: "sinc",
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

export interface DivisionOptions {
  readonly roundingMode?: "floor" | "trunc";
}

export interface ClosenessOptions {
  readonly rtol?: number;
  readonly atol?: number;
  /** Whether NaN is close to NaN. */
  readonly equalNan?: boolean;
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

  /** The quotient, or that rounded down or towards zero. */
  div(other: Operand, { roundingMode }: DivisionOptions = {}): SymbolicTensor {
    if (roundingMode === undefined) return this.op("div.Tensor", { other });
    return this.op("div.Tensor_mode", { other, rounding_mode: roundingMode });
  }

  floorDivide(other: Operand): SymbolicTensor {
    return this.op("floor_divide.default", { other });
  }

  remainder(other: Operand): SymbolicTensor {
    return this.#compared("remainder", other);
  }

  /** The remainder with the sign of this. */
  fmod(other: Operand): SymbolicTensor {
    return this.#compared("fmod", other);
  }

  pow(exponent: Operand): SymbolicTensor {
    return this.op(isTensor(exponent) ? "pow.Tensor_Tensor" : "pow.Tensor_Scalar", { exponent });
  }

  /** In float64. */
  floatPower(exponent: Operand): SymbolicTensor {
    return this.op(isTensor(exponent) ? "float_power.Tensor_Tensor" : "float_power.Tensor_Scalar", { exponent });
  }

  /** The angle of the point whose y is this and whose x is `other`. */
  atan2(other: Operand): SymbolicTensor {
    return this.op("atan2.default", { other });
  }

  hypot(other: Operand): SymbolicTensor {
    return this.op("hypot.default", { other });
  }

  /** `log(exp(this) + exp(other))`. */
  logaddexp(other: Operand): SymbolicTensor {
    return this.op("logaddexp.default", { other });
  }

  copysign(other: Operand): SymbolicTensor {
    return this.#compared("copysign", other);
  }

  /** `this + value * tensor1 * tensor2`. */
  addcmul(tensor1: Operand, tensor2: Operand, value = 1): SymbolicTensor {
    return this.op("addcmul.default", { tensor1, tensor2, value });
  }

  /** `this + value * tensor1 / tensor2`. */
  addcdiv(tensor1: Operand, tensor2: Operand, value = 1): SymbolicTensor {
    return this.op("addcdiv.default", { tensor1, tensor2, value });
  }

  /** `this + weight * (end - this)`. */
  lerp(end: Operand, weight: Operand): SymbolicTensor {
    return this.op(isTensor(weight) ? "lerp.Tensor" : "lerp.Scalar", { end, weight });
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

  bitwiseAnd(other: Operand): SymbolicTensor {
    return this.#compared("bitwise_and", other);
  }

  bitwiseOr(other: Operand): SymbolicTensor {
    return this.#compared("bitwise_or", other);
  }

  bitwiseXor(other: Operand): SymbolicTensor {
    return this.#compared("bitwise_xor", other);
  }

  isclose(other: Operand, { rtol = 1e-5, atol = 1e-8, equalNan = false }: ClosenessOptions = {}): SymbolicTensor {
    return this.op("isclose.default", { other, rtol, atol, equal_nan: equalNan });
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

  double(): SymbolicTensor {
    return this.to("float64");
  }

  half(): SymbolicTensor {
    return this.to("float16");
  }

  bfloat16(): SymbolicTensor {
    return this.to("bfloat16");
  }

  int(): SymbolicTensor {
    return this.to("int32");
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
