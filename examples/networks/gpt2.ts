import { nn, Tensor } from "torchrelay";

export interface GPT2Config {
  readonly vocabSize: number;
  readonly positions: number;
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
}

/** A weight that only a checkpoint fills. */
function zeros(shape: readonly number[]): nn.Parameter {
  const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
  return new nn.Parameter(new Tensor("float32", data, shape));
}

/** A linear layer whose weight is stored as `[in, out]`, as GPT-2's checkpoints have it. */
class Conv1D extends nn.Module {
  weight: nn.Parameter;
  bias: nn.Parameter;

  constructor(inFeatures: number, outFeatures: number) {
    super();
    this.weight = zeros([inFeatures, outFeatures]);
    this.bias = zeros([outFeatures]);
  }

  override forward(x: nn.SymbolicTensor): nn.SymbolicTensor {
    return x.matmul(this.weight).add(this.bias);
  }
}

class Attention extends nn.Module {
  c_attn: Conv1D;
  c_proj: Conv1D;
  readonly heads: number;

  constructor({ width, heads }: GPT2Config) {
    super();
    this.heads = heads;
    this.c_attn = new Conv1D(width, 3 * width);
    this.c_proj = new Conv1D(width, width);
  }

  override forward(x: nn.SymbolicTensor): nn.SymbolicTensor {
    const parts = this.c_attn.forward(x).chunk(3, -1);
    const [query, key, value] = parts.map((part) => part.unflatten(-1, [this.heads, -1]).transpose(1, 2));
    if (!query || !key || !value) throw new Error("three parts were asked for");
    const attended = nn.functional.scaledDotProductAttention(query, key, value, { isCausal: true });
    return this.c_proj.forward(attended.transpose(1, 2).flatten(2));
  }
}

class Feedforward extends nn.Module {
  c_fc: Conv1D;
  c_proj: Conv1D;

  constructor({ width }: GPT2Config) {
    super();
    this.c_fc = new Conv1D(width, 4 * width);
    this.c_proj = new Conv1D(4 * width, width);
  }

  override forward(x: nn.SymbolicTensor): nn.SymbolicTensor {
    return this.c_proj.forward(nn.functional.gelu(this.c_fc.forward(x), "tanh"));
  }
}

class Block extends nn.Module {
  ln_1: nn.LayerNorm;
  attn: Attention;
  ln_2: nn.LayerNorm;
  mlp: Feedforward;

  constructor(config: GPT2Config) {
    super();
    this.ln_1 = new nn.LayerNorm(config.width);
    this.attn = new Attention(config);
    this.ln_2 = new nn.LayerNorm(config.width);
    this.mlp = new Feedforward(config);
  }

  override forward(x: nn.SymbolicTensor): nn.SymbolicTensor {
    const attended = x.add(this.attn.forward(this.ln_1.forward(x)));
    return attended.add(this.mlp.forward(this.ln_2.forward(attended)));
  }
}

class Transformer extends nn.Module {
  wte: nn.Embedding;
  wpe: nn.Embedding;
  h: nn.ModuleList<Block>;
  ln_f: nn.LayerNorm;

  constructor(config: GPT2Config) {
    super();
    this.wte = new nn.Embedding(config.vocabSize, config.width);
    this.wpe = new nn.Embedding(config.positions, config.width);
    this.h = new nn.ModuleList(Array.from({ length: config.layers }, () => new Block(config)));
    this.ln_f = new nn.LayerNorm(config.width);
  }

  override forward(ids: nn.SymbolicTensor): nn.SymbolicTensor {
    const places = nn.arange(ids.size(1), { like: ids });
    const embedded = this.wte.forward(ids).add(this.wpe.forward(places));
    return this.ln_f.forward([...this.h].reduce((x, block) => block.forward(x), embedded));
  }
}

/** GPT-2 by the names of Hugging Face's `GPT2LMHeadModel`: the logits of every next token. */
export class GPT2 extends nn.Module {
  transformer: Transformer;
  lm_head: nn.Linear;

  constructor(config: GPT2Config) {
    super();
    this.transformer = new Transformer(config);
    this.lm_head = new nn.Linear(config.width, config.vocabSize, { bias: false });
    this.lm_head.weight = this.transformer.wte.weight;
  }

  override forward(ids: nn.SymbolicTensor): nn.SymbolicTensor {
    return this.lm_head.forward(this.transformer.forward(ids));
  }
}
