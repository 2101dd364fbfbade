import type { Value } from "../types.ts";
import type { ComplexCall } from "./complex-call.ts";
import { type ComplexResult, type ComplexRule, type ComplexRules, each } from "./complex-rule.ts";
import type { Parts, RealMath } from "./real-math.ts";

/** A formula of one complex tensor. */
function unary(write: (m: RealMath, z: Parts, call: ComplexCall) => ComplexResult): ComplexRule {
  return (call) => {
    const z = call.parts("self");
    return z && write(call.math, z, call);
  };
}

/** A formula of two, either of which may be real. */
function binary(write: (m: RealMath, a: Parts, b: Parts) => ComplexResult): ComplexRule {
  return (call) => {
    const [a, b] = [call.parts("self"), call.parts("other")];
    return a && b && write(call.math, a, b);
  };
}

function product(m: RealMath, a: Parts, b: Parts): Parts {
  return {
    real: m.sub(m.mul(a.real, b.real), m.mul(a.imaginary, b.imaginary)),
    imaginary: m.add(m.mul(a.real, b.imaginary), m.mul(a.imaginary, b.real)),
  };
}

/** Scaled by the greater part of the divisor, so that its square neither overflows nor vanishes. */
function quotient(m: RealMath, a: Parts, b: Parts): Parts {
  const magnitudes = [m.unary("abs.default", b.real), m.unary("abs.default", b.imaginary)] as const;
  const scale = m.binary("maximum.default", ...magnitudes);
  const [c, d] = [m.div(b.real, scale), m.div(b.imaginary, scale)];
  const square = m.mul(m.add(m.mul(c, c), m.mul(d, d)), scale);
  const divided = (x: Value, y: Value) => m.div(m.add(m.mul(x, c), m.mul(y, d)), square);
  return {
    real: divided(a.real, a.imaginary),
    imaginary: divided(a.imaginary, m.neg(a.real)),
  };
}

function magnitude(m: RealMath, { real, imaginary }: Parts): Value {
  return m.binary("hypot.default", real, imaginary);
}

function angle(m: RealMath, { real, imaginary }: Parts): Value {
  return m.binary("atan2.default", imaginary, real);
}

function fromPolar(m: RealMath, size: Value, turn: Value): Parts {
  return {
    real: m.mul(size, m.unary("cos.default", turn)),
    imaginary: m.mul(size, m.unary("sin.default", turn)),
  };
}

/** Of length one; 0 stays. */
function direction(m: RealMath, z: Parts): Parts {
  const size = magnitude(m, z);
  const zero = m.full(size, 0);
  const isZero = m.test("eq.Tensor", size, zero);
  const part = (x: Value) => m.where(isZero, zero, m.div(x, size));
  return { real: part(z.real), imaginary: part(z.imaginary) };
}

const conjugate = unary((m, z) => ({ real: z.real, imaginary: m.neg(z.imaginary) }));

const exponential = unary((m, z) => fromPolar(m, m.unary("exp.default", z.real), z.imaginary));

const logarithm = unary((m, z) => ({ real: m.unary("log.default", magnitude(m, z)), imaginary: angle(m, z) }));

const reciprocal = unary((m, z) => quotient(m, { real: m.full(z.real, 1), imaginary: m.full(z.real, 0) }, z));

const sine = unary((m, { real, imaginary }) => ({
  real: m.mul(m.unary("sin.default", real), m.unary("cosh.default", imaginary)),
  imaginary: m.mul(m.unary("cos.default", real), m.unary("sinh.default", imaginary)),
}));

const cosine = unary((m, { real, imaginary }) => ({
  real: m.mul(m.unary("cos.default", real), m.unary("cosh.default", imaginary)),
  imaginary: m.neg(m.mul(m.unary("sin.default", real), m.unary("sinh.default", imaginary))),
}));

/** Norms are of magnitudes. */
const norm: ComplexRule = (call) => {
  const self = call.parts("self");
  const [result] = self ? call.again({ self: { value: magnitude(call.math, self) } }) : [];
  return result ?? undefined;
};

/** Whole powers that are products. */
const power: ComplexRule = (call) => {
  const z = call.parts("self");
  const exponent = call.argument("exponent");
  if (!z || (exponent !== 2 && exponent !== 3 && exponent !== 1)) return undefined;
  const square = product(call.math, z, z);
  return exponent === 1 ? z : exponent === 2 ? square : product(call.math, square, z);
};

/** From two real tensors. */
function fromReal(first: string, second: string, make: (m: RealMath, a: Value, b: Value) => Parts): ComplexRule {
  return (call) => {
    const [a, b] = [call.real(first), call.real(second)];
    return a && b && make(call.math, a, b);
  };
}

/** Both in the shape of the result. */
function together(m: RealMath, real: Value, imaginary: Value): Parts {
  const one = (like: Value) => m.full(like, 1);
  return { real: m.mul(real, one(imaginary)), imaginary: m.mul(imaginary, one(real)) };
}

/** True where it is so of either part, or of both. */
function tested(name: string, joined: "logical_or.default" | "logical_and.default"): ComplexRule {
  return unary((m, z) => m.test(joined, m.check(name, z.real), m.check(name, z.imaginary)));
}

function compared(name: "eq.Tensor" | "ne.Tensor", joined: "logical_or.default" | "logical_and.default"): ComplexRule {
  return binary((m, a, b) => m.test(joined, m.test(name, a.real, b.real), m.test(name, a.imaginary, b.imaginary)));
}

export const POINTWISE: ComplexRules = {
  ...each("mul.Tensor mul.Scalar", binary(product)),
  ...each("div.Tensor div.Scalar true_divide.Tensor true_divide.Scalar", binary(quotient)),
  ...each("abs.default", unary(magnitude)),
  ...each("angle.default", unary(angle)),
  ...each("sgn.default", unary(direction)),
  ...each("conj.default _conj.default conj_physical.default", conjugate),
  ...each("exp.default", exponential),
  ...each("sin.default", sine),
  ...each("cos.default", cosine),
  ...each("linalg_vector_norm.default", norm),
  ...each("log.default", logarithm),
  ...each("reciprocal.default", reciprocal),
  ...each(
    "square.default",
    unary((m, z) => product(m, z, z)),
  ),
  ...each("pow.Tensor_Scalar", power),
  ...each(
    "real.default",
    unary((_, z) => z.real),
  ),
  ...each(
    "imag.default",
    unary((_, z) => z.imaginary),
  ),
  ...each(
    "view_as_real.default",
    unary((m, z) => m.pairs(z)),
  ),
  ...each("complex.default", fromReal("real", "imag", together)),
  ...each("polar.default", fromReal("abs", "angle", fromPolar)),
  ...each("isnan.default", tested("isnan.default", "logical_or.default")),
  ...each("isinf.default", tested("isinf.default", "logical_or.default")),
  ...each("isfinite.default", tested("isfinite.default", "logical_and.default")),
  ...each("eq.Tensor eq.Scalar", compared("eq.Tensor", "logical_and.default")),
  ...each("ne.Tensor ne.Scalar", compared("ne.Tensor", "logical_or.default")),
  "aten.view_as_complex.default": (call) => {
    const pairs = call.real("self");
    return pairs && call.math.parts(pairs);
  },
};
