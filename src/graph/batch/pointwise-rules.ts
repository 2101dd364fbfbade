import { type BatchRule, broadcastRows, each, type RuleTable, same } from "./rule.ts";

/** Every tensor is broadcast; each element of the result follows from the elements at its place. */
const pointwise: BatchRule = {
  follow: (call) =>
    broadcastRows(
      [...call.all()].map(([, operand]) => operand),
      call.shape.length,
    ),
};

const dropout = same("input", (_, { args }) => args["train"] === false || args["p"] === 0);

/** A slope for each channel, which is axis 1. */
const prelu = same("self", ({ rows }, call) => rows.axis !== 1 || call.operand("weight")?.shape[0] === 1);

export const POINTWISE_RULES: RuleTable = [
  ...each(
    "neg negative abs absolute sign sgn floor ceil round trunc fix frac reciprocal sqrt rsqrt square exp exp2 expm1 log log2 " +
      "log10 log1p sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh arcsin arccos arctan arcsinh arccosh arctanh " +
      "sinc erf erfc erfinv sigmoid logit special_expit special_logit special_expm1 special_log1p special_erf special_erfc " +
      "special_erfinv special_sinc special_round special_exp2 special_ndtr special_entr lgamma digamma",
    pointwise,
  ),
  ...each(
    "relu relu6 hardtanh leaky_relu elu selu celu softplus hardsigmoid hardswish mish silu gelu hardshrink softshrink " +
      "threshold log_sigmoid nan_to_num deg2rad rad2deg signbit isnan isinf isfinite isposinf isneginf logical_not " +
      "bitwise_not conj_physical angle fill copy masked_fill clamp clamp_min clamp_max clip _prelu_kernel",
    pointwise,
  ),
  ...each(
    "add sub subtract rsub mul multiply div divide true_divide floor_divide remainder fmod pow float_power atan2 arctan2 " +
      "xlogy special_xlogy special_xlog1py hypot logaddexp logaddexp2 heaviside copysign ldexp lerp addcmul addcdiv " +
      "maximum minimum fmax fmin max.other min.other where.self where.ScalarSelf where.ScalarOther where.Scalar",
    pointwise,
  ),
  ...each(
    "eq ne lt le gt ge not_equal less less_equal greater greater_equal isclose logical_and logical_or logical_xor " +
      "bitwise_and bitwise_or bitwise_xor bitwise_left_shift bitwise_right_shift __and__ __or__ __xor__ __lshift__ __rshift__",
    pointwise,
  ),
  ...each("dropout alpha_dropout feature_dropout feature_alpha_dropout", dropout),
  ...each("prelu", prelu),
  ...each(
    "bucketize",
    same("self", () => true),
  ),
];
