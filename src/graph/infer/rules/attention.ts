import type { DType } from "../../../core/index.ts";
import type { TensorType } from "../../types.ts";
import { broadcast } from "../broadcast.ts";
import type { InferCall } from "../infer-call.ts";
import type { InferRule, InferRules } from "../infer-rule.ts";
import { tensor } from "../tensor.ts";
import { requireDType } from "./matrix.ts";
import { named } from "./pointwise.ts";

interface Operands {
  readonly query: TensorType;
  readonly key: TensorType;
  readonly value: TensorType;
}

function operands(call: InferCall): Operands {
  const [query, key, value] = [call.tensor("query"), call.tensor("key"), call.tensor("value")];
  requireDType(call, query, key, value);
  const short = [query, key, value].find(({ shape }) => shape.length < 2);
  if (short) call.refuse(short.shape, "[…, length, features]");
  return { query, key, value };
}

/** Heads of keys and values are repeated where they are fewer, so that the queries' decide. */
function attended(call: InferCall): TensorType {
  const { query, key, value } = operands(call);
  const batches = call.boolean("enable_gqa") ? [query] : [query, key, value];
  const batch = broadcast(
    call,
    batches.map(({ shape }) => shape.slice(0, -2)),
  );
  return tensor(query.dtype, [...batch, query.shape.at(-2) ?? 1, value.shape.at(-1) ?? 1]);
}

/** Sums of 16-bit floats are held in float32. */
const accumulated = (dtype: DType): DType => (dtype === "float64" ? "float64" : "float32");

const flash: InferRule = (call) => {
  const result = attended(call);
  return [result, tensor(accumulated(result.dtype), result.shape.slice(0, -1))];
};

const withWeights: InferRule = (call) => {
  const result = attended(call);
  const length = call.tensor("key").shape.at(-2) ?? 1;
  return [result, tensor(result.dtype, [...result.shape.slice(0, -1), length])];
};

const multiHead: InferRule = (call) => {
  const { query, key } = operands(call);
  const [batch = 1, length = 1] = query.shape;
  const result = tensor(query.dtype, query.shape);
  if (!call.boolean("need_weights")) return [result, null];
  const heads = call.boolean("average_attn_weights") ? [] : [call.size("num_head")];
  return [result, tensor(query.dtype, [batch, ...heads, length, key.shape[1] ?? 1])];
};

const encoderLayer: InferRule = (call) => {
  const { dtype, shape } = call.tensor("src");
  return tensor(dtype, shape);
};

export const ATTENTION: InferRules = {
  ...named(attended, "scaled_dot_product_attention"),
  _scaled_dot_product_flash_attention_for_cpu: flash,
  _scaled_dot_product_attention_math: withWeights,
  _native_multi_head_attention: multiHead,
  _transformer_encoder_layer_fwd: encoderLayer,
};
