import { RelayError } from "../../core/index.ts";
import { linear, scaledDotProductAttention } from "../functional/networks.ts";
import { pad } from "../functional/padding.ts";
import { cat, zeros } from "../functions.ts";
import { filled, xavierNormal, xavierUniform } from "../init.ts";
import { Module } from "../module.ts";
import { Parameter } from "../parameter.ts";
import type { SymbolicTensor } from "../symbolic-tensor.ts";
import { Linear } from "./linear.ts";
import { checkSizes } from "./sizes.ts";

export interface MultiheadAttentionOptions {
  readonly dropout?: number;
  readonly bias?: boolean;
  /** The size of keys; that of queries unless given. */
  readonly kdim?: number;
  /** The size of values; that of queries unless given. */
  readonly vdim?: number;
  /** Whether one more key and value, which are learned, follow the others. */
  readonly addBiasKv?: boolean;
  /** Whether one more key and value of zeros follow the others. */
  readonly addZeroAttn?: boolean;
  /** Whether inputs are `[rows, steps, features]` rather than `[steps, rows, features]`. */
  readonly batchFirst?: boolean;
}

export interface AttendOptions {
  /** `[rows, keys]`: true, or what is added, where keys are left out. */
  readonly keyPaddingMask?: SymbolicTensor | null;
  /** `[queries, keys]` or `[rows * heads, queries, keys]`: true, or what is added, where a query may not look. */
  readonly attnMask?: SymbolicTensor | null;
  /** Whether the weights are returned, too; true unless given. */
  readonly needWeights?: boolean;
  /** Whether they are averaged over the heads; true unless given. */
  readonly averageAttnWeights?: boolean;
}

export type AttentionResult = readonly [output: SymbolicTensor, weights: SymbolicTensor | null];

class NonDynamicallyQuantizableLinear extends Linear {}

interface Projections {
  readonly query: SymbolicTensor;
  readonly key: SymbolicTensor;
  readonly value: SymbolicTensor;
}

/** Attention of several heads, as `torch.nn.MultiheadAttention`. Fields are named as in the state dict. */
export class MultiheadAttention extends Module {
  readonly embedDim: number;
  readonly numHeads: number;
  readonly dropout: number;
  readonly batchFirst: boolean;
  readonly in_proj_weight: Parameter | null;
  readonly q_proj_weight: Parameter | null;
  readonly k_proj_weight: Parameter | null;
  readonly v_proj_weight: Parameter | null;
  readonly in_proj_bias: Parameter | null;
  readonly bias_k: Parameter | null;
  readonly bias_v: Parameter | null;
  readonly addZeroAttn: boolean;
  readonly out_proj: Linear;

  constructor(embedDim: number, numHeads: number, options: MultiheadAttentionOptions = {}) {
    super();
    const { dropout = 0, bias = true, kdim = embedDim, vdim = embedDim } = options;
    const { batchFirst = false, addBiasKv = false, addZeroAttn = false } = options;
    checkSizes({ embedDim, numHeads, kdim, vdim, "embedDim / numHeads": embedDim / numHeads });
    this.embedDim = embedDim;
    this.numHeads = numHeads;
    this.dropout = dropout;
    this.batchFirst = batchFirst;
    this.addZeroAttn = addZeroAttn;
    const out = new NonDynamicallyQuantizableLinear(embedDim, embedDim, { bias });
    out.bias?.take(new Parameter(filled([embedDim], 0)));
    const isPacked = kdim === embedDim && vdim === embedDim;
    this.in_proj_weight = isPacked ? xavierUniform([3 * embedDim, embedDim]) : null;
    this.q_proj_weight = isPacked ? null : xavierUniform([embedDim, embedDim]);
    this.k_proj_weight = isPacked ? null : xavierUniform([embedDim, kdim]);
    this.v_proj_weight = isPacked ? null : xavierUniform([embedDim, vdim]);
    this.in_proj_bias = bias ? new Parameter(filled([3 * embedDim], 0)) : null;
    this.bias_k = addBiasKv ? xavierNormal([1, 1, embedDim]) : null;
    this.bias_v = addBiasKv ? xavierNormal([1, 1, embedDim]) : null;
    this.out_proj = out;
  }

  /** @throws RelayError OPTION_INVALID in training with dropout */
  override forward(
    query: SymbolicTensor,
    key: SymbolicTensor,
    value: SymbolicTensor,
    options: AttendOptions = {},
  ): AttentionResult {
    if (this.training && this.dropout > 0) {
      throw new RelayError("OPTION_INVALID", { option: "dropout", given: this.dropout, legal: "0, or after eval()" });
    }
    const isBatched = query.shape.length === 3;
    const rows = (x: SymbolicTensor): SymbolicTensor => {
      if (!isBatched) return x.unsqueeze(0);
      return this.batchFirst ? x : x.transpose(0, 1);
    };
    const mask = options.keyPaddingMask ?? null;
    const masks = { ...options, keyPaddingMask: mask && !isBatched ? mask.unsqueeze(0) : mask };
    const [output, weights] = this.#attend({ query: rows(query), key: rows(key), value: rows(value) }, masks);
    if (!isBatched) return [output.squeeze(0), weights === null ? null : weights.squeeze(0)];
    return [this.batchFirst ? output : output.transpose(0, 1), weights];
  }

  /** On `[rows, steps, features]`. */
  #attend(inputs: Projections, options: AttendOptions): AttentionResult {
    const { query, key, value } = this.#projected(inputs);
    const more = (this.bias_k ? 1 : 0) + (this.addZeroAttn ? 1 : 0);
    const given = this.#mask(query, options);
    const mask = given && more > 0 ? pad(given, [0, more]) : given;
    const { needWeights = true, averageAttnWeights = true } = options;
    const merge = (x: SymbolicTensor): SymbolicTensor => this.out_proj.forward(x.transpose(1, 2).flatten(2));
    if (!needWeights) return [merge(scaledDotProductAttention(query, key, value, { attnMask: mask })), null];
    const scores = query.mul(Math.sqrt(this.numHeads / this.embedDim)).matmul(key.transpose(-2, -1));
    const weights = (mask ? scores.add(mask) : scores).softmax(-1);
    return [merge(weights.matmul(value)), averageAttnWeights ? weights.mean(1) : weights];
  }

  /** Puts the keys or values that do not come from an input behind the others. */
  #extended(x: SymbolicTensor, learned: Parameter | null): SymbolicTensor {
    const [rows, width] = [x.size(0), x.size(2)];
    const added = learned ? cat([x, x.lift(learned).expand(rows, 1, width)], 1) : x;
    return this.addZeroAttn ? cat([added, zeros([rows, 1, width], { like: x, dtype: x.dtype })], 1) : added;
  }

  /** To `[rows, heads, steps, features of a head]`. */
  #projected({ query, key, value }: Projections): Projections {
    const { in_proj_weight, q_proj_weight, k_proj_weight, v_proj_weight, in_proj_bias, embedDim } = this;
    const project = (x: SymbolicTensor, place: number, own: Parameter | null, learned?: Parameter | null) => {
      const from = place * embedDim;
      const part = (weight: Parameter): SymbolicTensor =>
        x.call({
          target: "aten.slice.Tensor",
          args: { self: weight, dim: 0, start: from, end: from + embedDim },
          module: this,
        });
      const weight = own ?? (in_proj_weight && part(in_proj_weight));
      if (!weight) return x;
      const projected = linear(x, weight, in_proj_bias && part(in_proj_bias));
      const extended = learned === undefined ? projected : this.#extended(projected, learned);
      return extended.unflatten(-1, [this.numHeads, embedDim / this.numHeads]).transpose(1, 2);
    };
    return {
      query: project(query, 0, q_proj_weight),
      key: project(key, 1, k_proj_weight, this.bias_k),
      value: project(value, 2, v_proj_weight, this.bias_v),
    };
  }

  /** What is added to scores of `[rows, heads, queries, keys]`. */
  #mask(query: SymbolicTensor, { keyPaddingMask = null, attnMask = null }: AttendOptions): SymbolicTensor | null {
    const keys = keyPaddingMask && added(keyPaddingMask, query).unsqueeze(1).unsqueeze(1);
    const places = attnMask && this.#perHead(added(attnMask, query));
    return keys && places ? places.add(keys) : (keys ?? places);
  }

  #perHead(mask: SymbolicTensor): SymbolicTensor {
    if (mask.shape.length === 2) return mask;
    return mask.unflatten(0, [-1, this.numHeads]);
  }
}

/** A mask as what is added to scores: -Infinity where a boolean one holds. */
function added(mask: SymbolicTensor, like: SymbolicTensor): SymbolicTensor {
  if (mask.dtype !== "bool") return mask;
  return zeros(mask.shape, { like, dtype: like.dtype }).maskedFill(mask, Number.NEGATIVE_INFINITY);
}
