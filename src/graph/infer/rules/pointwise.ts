import type { DType } from "../../../core/index.ts";
import type { TensorType } from "../../types.ts";
import { broadcast } from "../broadcast.ts";
import { asFloat, asReal, type InferCall } from "../infer-call.ts";
import type { InferRule, InferRules } from "../infer-rule.ts";
import { fresh, tensor } from "../tensor.ts";

/** The parameters whose dtypes are promoted; others are converted to the result's. */
const PROMOTED = ["self", "other", "exponent", "min", "max", "tensor1", "tensor2", "input", "target", "x", "n"];

/** Row-major when all operands are; a tensor without axes has no order. */
export function isRowMajor(operands: readonly TensorType[]): true | undefined {
  return operands.every(({ shape, contiguous }) => shape.length === 0 || contiguous === true) ? true : undefined;
}

/** A result for each element of all the tensors, broadcast. */
export function elementwise(call: InferCall, dtype: DType, names: readonly string[] = call.argumentNames): TensorType {
  const operands = names.filter((name) => call.isTensor(name)).map((name) => call.tensor(name));
  const shape = broadcast(
    call,
    operands.map((operand) => operand.shape),
  );
  return tensor(dtype, shape, isRowMajor(operands));
}

export function promotedDType(call: InferCall): DType {
  return call.promoted(...PROMOTED);
}

const same: InferRule = (call) => elementwise(call, call.tensor("self").dtype);
const squared: InferRule = (call) => {
  const { dtype } = call.tensor("self");
  return elementwise(call, dtype === "bool" ? "int64" : dtype);
};

/** The weights are those of channels. */
const likeSelf: InferRule = (call) => elementwise(call, call.tensor("self").dtype, ["self"]);
const truth: InferRule = (call) => elementwise(call, "bool");
const real: InferRule = (call) => elementwise(call, asReal(call.tensor("self").dtype));
const realFloat: InferRule = (call) => elementwise(call, asReal(asFloat(call.tensor("self").dtype)));
const float: InferRule = (call) => elementwise(call, asFloat(call.tensor("self").dtype));
const promoted: InferRule = (call) => elementwise(call, promotedDType(call));
const promotedFloat: InferRule = (call) => elementwise(call, asFloat(promotedDType(call)));
const likeInput: InferRule = (call) => elementwise(call, call.tensor("input").dtype);

const divided: InferRule = (call) => (call.has("rounding_mode") ? promoted(call) : promotedFloat(call));

const doubled: InferRule = (call) => {
  const isComplex = promotedDType(call).startsWith("complex");
  return elementwise(call, isComplex ? "complex128" : "float64");
};

const chosen: InferRule = (call) => elementwise(call, call.promoted("self", "other"));

const withMask: InferRule = (call) => {
  const input = call.tensor("input");
  return [tensor(input.dtype, input.shape, input.contiguous), fresh("bool", input.shape)];
};

const complexOf: InferRule = (call) => {
  const [name = "real"] = call.argumentNames;
  return elementwise(call, call.tensor(name).dtype === "float64" ? "complex128" : "complex64");
};

const isAmong: InferRule = (call) => {
  const shape = call.isTensor("elements") ? call.tensor("elements").shape : [];
  return tensor("bool", shape, call.optionalTensor("elements")?.contiguous ?? true);
};

const logSigmoidForward: InferRule = (call) => [same(call) as TensorType, same(call) as TensorType];

export function named(rule: InferRule, names: string): InferRules {
  return Object.fromEntries(names.split(/\s+/).map((name) => [name, rule]));
}

export const POINTWISE: InferRules = {
  ...named(
    same,
    "neg negative positive relu relu6 floor ceil round trunc fix sign sgn bitwise_not frac hardtanh " +
      "leaky_relu elu celu selu gelu silu mish hardswish hardsigmoid softplus hardshrink softshrink threshold " +
      "nan_to_num log_sigmoid alias_copy conj_physical tril triu masked_fill lerp rrelu _prelu_kernel zero " +
      "bernoulli special_round fake_quantize_per_channel_affine fake_quantize_per_tensor_affine renorm dequantize.self",
  ),
  ...named(likeInput, "dropout alpha_dropout feature_dropout feature_alpha_dropout"),
  square: squared,
  prelu: likeSelf,
  ...named(real, "abs absolute"),
  ...named(realFloat, "angle"),
  ...named(
    float,
    "acos acosh arccos arccosh asin asinh arcsin arcsinh atan atanh arctan arctanh cos cosh sin sinh tan tanh exp exp2 " +
      "expm1 log log10 log1p log2 sqrt rsqrt reciprocal sigmoid logit erf erfc erfinv lgamma digamma deg2rad rad2deg " +
      "sinc special_entr special_erf special_erfc special_erfinv special_exp2 special_expit special_expm1 " +
      "special_log1p special_logit special_ndtr special_sinc special_digamma special_psi special_gammaln special_i0",
  ),
  ...named(
    truth,
    "isnan isinf isfinite isneginf isposinf signbit logical_not logical_and logical_or logical_xor isclose eq ne lt le " +
      "gt ge not_equal less less_equal greater greater_equal",
  ),
  ...named(isAmong, "isin"),
  ...named(
    promoted,
    "add sub subtract rsub mul multiply remainder fmod floor_divide pow maximum minimum fmax fmin max.other min.other " +
      "bitwise_and bitwise_or bitwise_xor __and__ __or__ __xor__ __lshift__ __rshift__ bitwise_left_shift " +
      "bitwise_right_shift clamp clamp_min clamp_max clip heaviside hypot igamma igammac logaddexp logaddexp2 addcmul " +
      "nextafter",
  ),
  ...named(promotedFloat, "true_divide atan2 arctan2 xlogy special_xlogy special_xlog1py copysign ldexp addcdiv"),
  ...named(divided, "div divide"),
  ...named(doubled, "float_power"),
  ...named(chosen, "where"),
  ...named(withMask, "native_dropout"),
  ...named(complexOf, "complex polar"),
  ...named(logSigmoidForward, "log_sigmoid_forward"),
};
