import { Composer } from "./compose.ts";
import { sizeOf } from "./host/tensor-sizes.ts";
import type { Session } from "./session.ts";
import { type EvalValue, ListValue, TensorValue, TupleValue } from "./values.ts";

type Args = Readonly<Record<string, EvalValue>>;

/** Over which axes each kind of mask is spread. */
const MASKS: ReadonlyMap<bigint, (compose: Composer, mask: TensorValue) => TensorValue> = new Map([
  [0n, (_: Composer, mask: TensorValue) => mask],
  [
    1n,
    (compose: Composer, mask: TensorValue) =>
      compose.call("aten.unsqueeze.default", {
        self: compose.call("aten.unsqueeze.default", { self: mask, dim: 1n }),
        dim: 2n,
      }),
  ],
  [2n, (_: Composer, mask: TensorValue) => mask],
]);

/** Weights of attention that a mask leaves out are zero. Masks count as truths, whatever their dtype. */
function masked(session: Session, scores: TensorValue, args: Args): TensorValue {
  const { mask = null, mask_type: kind = null } = args;
  if (!(mask instanceof TensorValue)) return scores;
  const compose = new Composer(session);
  const spread = typeof kind === "bigint" ? MASKS.get(kind) : undefined;
  if (!spread) return session.refuse("an attention mask of an unknown kind", "export the model with torch.export");
  const truth = compose.call("aten.to.dtype", { self: mask, dtype: "bool" });
  const fill = { self: scores, mask: spread(compose, truth), value: Number.NEGATIVE_INFINITY };
  return compose.call("aten.masked_fill.Scalar", fill);
}

/** `_native_multi_head_attention`: what torch.nn.MultiheadAttention becomes in eval mode. */
export function multiHeadAttention(session: Session, args: Args): EvalValue {
  const compose = new Composer(session);
  const [width, heads] = [compose.int(args["embed_dim"]), compose.int(args["num_head"])];
  const query = compose.tensor(args["query"]);
  const batch = sizeOf(session, query, 0);
  const project = (input: EvalValue, part: bigint) => {
    const [weight, bias] = [args["qkv_weight"], args["qkv_bias"]].map((each) =>
      compose.rows(each ?? null, part * width, (part + 1n) * width),
    );
    const projected = compose.linear(input, weight ?? null, bias ?? null);
    return compose.transpose(compose.reshape(projected, batch, -1n, heads, width / heads), 1n, 2n);
  };
  const [q, k, v] = [project(query, 0n), project(args["key"] ?? null, 1n), project(args["value"] ?? null, 2n)];
  const scaled = compose.call("aten.mul.Scalar", { self: q, other: 1 / Math.sqrt(Number(width / heads)) });
  const scores = masked(session, compose.matmul(scaled, compose.transpose(k, -2n, -1n)), args);
  const weights = compose.call("aten.softmax.int", { self: scores, dim: -1n });
  const joined = compose.reshape(compose.transpose(compose.matmul(weights, v), 1n, 2n), batch, -1n, width);
  const output = compose.linear(joined, args["proj_weight"] ?? null, args["proj_bias"] ?? null);
  return new TupleValue([output, shownWeights(compose, weights, args)]);
}

function shownWeights(compose: Composer, weights: TensorValue, args: Args): EvalValue {
  if (args["need_weights"] === false) return null;
  if (args["average_attn_weights"] === false) return weights;
  return compose.call("aten.mean.dim", { self: weights, dim: new ListValue([1n]) });
}

/** `_transformer_encoder_layer_fwd`: what torch.nn.TransformerEncoderLayer becomes in eval mode. */
export function encoderLayer(session: Session, args: Args): EvalValue {
  const compose = new Composer(session);
  const source = compose.tensor(args["src"]);
  const normalize = (input: TensorValue, which: 1 | 2) =>
    compose.call("aten.layer_norm.default", {
      input,
      normalized_shape: new ListValue([args["embed_dim"] ?? null]),
      weight: args[`norm_weight_${which}`] ?? null,
      bias: args[`norm_bias_${which}`] ?? null,
      eps: args["eps"] ?? null,
    });
  const attend = (input: TensorValue) => {
    const all = {
      ...args,
      query: input,
      key: input,
      value: input,
      num_head: args["num_heads"] ?? null,
      need_weights: false,
    };
    return compose.tensor((multiHeadAttention(session, all) as TupleValue).items[0]);
  };
  const feed = (input: TensorValue) => {
    const hidden = compose.linear(input, args["ffn_weight_1"] ?? null, args["ffn_bias_1"] ?? null);
    const active = compose.call(args["use_gelu"] === true ? "aten.gelu.default" : "aten.relu.default", {
      self: hidden,
    });
    return compose.linear(active, args["ffn_weight_2"] ?? null, args["ffn_bias_2"] ?? null);
  };
  if (args["norm_first"] === true) {
    const attended = compose.add(source, attend(normalize(source, 1)));
    return compose.add(attended, feed(normalize(attended, 2)));
  }
  const attended = normalize(compose.add(source, attend(source)), 1);
  return normalize(compose.add(attended, feed(attended)), 2);
}
