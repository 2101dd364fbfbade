import { nn } from "torchrelay";

export interface LlamaConfig {
  readonly vocabSize: number;
  readonly width: number;
  readonly mlpWidth: number;
  readonly layers: number;
  readonly heads: number;
  /** Heads of keys and values; several heads of queries share one. */
  readonly keyHeads: number;
  readonly ropeTheta: number;
  readonly eps: number;
}

interface Rotation {
  readonly cos: nn.SymbolicTensor;
  readonly sin: nn.SymbolicTensor;
}

/** Turns halves of each head by the angle of its place. */
function rotated(x: nn.SymbolicTensor, { cos, sin }: Rotation): nn.SymbolicTensor {
  const [first, second] = x.chunk(2, -1);
  if (!first || !second) throw new Error("two halves were asked for");
  return x.mul(cos).add(nn.cat([second.neg(), first], -1).mul(sin));
}

class Attention extends nn.Module {
  q_proj: nn.Linear;
  k_proj: nn.Linear;
  v_proj: nn.Linear;
  o_proj: nn.Linear;
  readonly size: number;

  constructor({ width, heads, keyHeads }: LlamaConfig) {
    super();
    this.size = width / heads;
    this.q_proj = new nn.Linear(width, width, { bias: false });
    this.k_proj = new nn.Linear(width, keyHeads * this.size, { bias: false });
    this.v_proj = new nn.Linear(width, keyHeads * this.size, { bias: false });
    this.o_proj = new nn.Linear(width, width, { bias: false });
  }

  override forward(x: nn.SymbolicTensor, rotation: Rotation): nn.SymbolicTensor {
    const split = (layer: nn.Linear): nn.SymbolicTensor =>
      layer.forward(x).unflatten(-1, [-1, this.size]).transpose(1, 2);
    const [query, key] = [split(this.q_proj), split(this.k_proj)].map((each) => rotated(each, rotation));
    if (!query || !key) throw new Error("queries and keys were asked for");
    const options = { isCausal: true, enableGqa: true };
    const attended = nn.functional.scaledDotProductAttention(query, key, split(this.v_proj), options);
    return this.o_proj.forward(attended.transpose(1, 2).flatten(2));
  }
}

/** SwiGLU. */
class Feedforward extends nn.Module {
  gate_proj: nn.Linear;
  up_proj: nn.Linear;
  down_proj: nn.Linear;

  constructor({ width, mlpWidth }: LlamaConfig) {
    super();
    this.gate_proj = new nn.Linear(width, mlpWidth, { bias: false });
    this.up_proj = new nn.Linear(width, mlpWidth, { bias: false });
    this.down_proj = new nn.Linear(mlpWidth, width, { bias: false });
  }

  override forward(x: nn.SymbolicTensor): nn.SymbolicTensor {
    return this.down_proj.forward(nn.functional.silu(this.gate_proj.forward(x)).mul(this.up_proj.forward(x)));
  }
}

class DecoderLayer extends nn.Module {
  self_attn: Attention;
  mlp: Feedforward;
  input_layernorm: nn.RMSNorm;
  post_attention_layernorm: nn.RMSNorm;

  constructor(config: LlamaConfig) {
    super();
    this.self_attn = new Attention(config);
    this.mlp = new Feedforward(config);
    this.input_layernorm = new nn.RMSNorm(config.width, { eps: config.eps });
    this.post_attention_layernorm = new nn.RMSNorm(config.width, { eps: config.eps });
  }

  override forward(x: nn.SymbolicTensor, rotation: Rotation): nn.SymbolicTensor {
    const attended = x.add(this.self_attn.forward(this.input_layernorm.forward(x), rotation));
    return attended.add(this.mlp.forward(this.post_attention_layernorm.forward(attended)));
  }
}

class Decoder extends nn.Module {
  embed_tokens: nn.Embedding;
  layers: nn.ModuleList<DecoderLayer>;
  norm: nn.RMSNorm;
  readonly config: LlamaConfig;

  constructor(config: LlamaConfig) {
    super();
    this.config = config;
    this.embed_tokens = new nn.Embedding(config.vocabSize, config.width);
    this.layers = new nn.ModuleList(Array.from({ length: config.layers }, () => new DecoderLayer(config)));
    this.norm = new nn.RMSNorm(config.width, { eps: config.eps });
  }

  override forward(ids: nn.SymbolicTensor): nn.SymbolicTensor {
    const embedded = this.embed_tokens.forward(ids);
    const { cos, sin } = this.#rotation(ids);
    const rotation = { cos: cos.typeAs(embedded), sin: sin.typeAs(embedded) };
    return this.norm.forward([...this.layers].reduce((x, layer) => layer.forward(x, rotation), embedded));
  }

  /** In float32, whatever the weights are. */
  #rotation(ids: nn.SymbolicTensor): Rotation {
    const { width, heads, ropeTheta } = this.config;
    const size = width / heads;
    const steps = nn
      .arange(size / 2, { like: ids })
      .float()
      .mul(2)
      .div(size);
    const frequencies = nn.full([], ropeTheta, { like: ids, dtype: "float32" }).pow(steps).reciprocal();
    const angles = nn.outer(nn.arange(ids.size(1), { like: ids }).float(), frequencies);
    const doubled = nn.cat([angles, angles], -1);
    return { cos: doubled.cos(), sin: doubled.sin() };
  }
}

/** LLaMA by the names of Hugging Face's `LlamaForCausalLM`: the logits of every next token. */
export class Llama extends nn.Module {
  model: Decoder;
  lm_head: nn.Linear;

  constructor(config: LlamaConfig) {
    super();
    this.model = new Decoder(config);
    this.lm_head = new nn.Linear(config.width, config.vocabSize, { bias: false });
  }

  override forward(ids: nn.SymbolicTensor): nn.SymbolicTensor {
    return this.lm_head.forward(this.model.forward(ids));
  }
}
