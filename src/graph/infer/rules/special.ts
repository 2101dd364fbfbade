import { asFloat, type InferCall } from "../infer-call.ts";
import type { InferRule, InferRules } from "../infer-rule.ts";
import { elementwise, named, promotedDType } from "./pointwise.ts";

const float =
  (name: string): InferRule =>
  (call) =>
    elementwise(call, asFloat(call.tensor(name).dtype));

const promotedFloat = (...names: readonly string[]): InferRule => {
  return (call) => elementwise(call, asFloat(call.promoted(...names)));
};

const promoted: InferRule = (call) => elementwise(call, promotedDType(call));
const truth: InferRule = (call) => elementwise(call, "bool");

const fractionAndExponent: InferRule = (call: InferCall) => {
  const { dtype } = call.tensor("self");
  return [elementwise(call, dtype), elementwise(call, "int32")];
};

export const SPECIAL: InferRules = {
  ...named(
    float("self"),
    "i0 special_i0e special_i1 special_i1e special_bessel_j0 special_bessel_j1 special_bessel_y0 special_bessel_y1 " +
      "special_modified_bessel_i0 special_modified_bessel_i1 special_modified_bessel_k0 special_modified_bessel_k1 " +
      "special_erfcx special_log_ndtr special_ndtri polygamma special_polygamma mvlgamma special_multigammaln",
  ),
  ...named(
    float("x"),
    "special_airy_ai special_scaled_modified_bessel_k0 special_scaled_modified_bessel_k1 special_spherical_bessel_j0",
  ),
  ...named(
    promotedFloat("x", "n"),
    "special_chebyshev_polynomial_t special_chebyshev_polynomial_u special_chebyshev_polynomial_v " +
      "special_chebyshev_polynomial_w special_shifted_chebyshev_polynomial_t special_shifted_chebyshev_polynomial_u " +
      "special_shifted_chebyshev_polynomial_v special_shifted_chebyshev_polynomial_w special_hermite_polynomial_h " +
      "special_hermite_polynomial_he special_laguerre_polynomial_l special_legendre_polynomial_p",
  ),
  special_zeta: promotedFloat("self", "other"),
  ...named(promoted, "gcd lcm"),
  isreal: truth,
  frexp: fractionAndExponent,
};
