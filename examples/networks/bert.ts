import { nn } from "torchrelay";

export interface BertConfig {
  readonly vocabSize: number;
  readonly positions: number;
  readonly types: number;
  readonly width: number;
  readonly mlpWidth: number;
  readonly layers: number;
  readonly heads: number;
}

const EPS = 1e-12;

class Embeddings extends nn.Module {
  word_embeddings: nn.Embedding;
  position_embeddings: nn.Embedding;
  token_type_embeddings: nn.Embedding;
  LayerNorm: nn.LayerNorm;

  constructor({ vocabSize, positions, types, width }: BertConfig) {
    super();
    this.word_embeddings = new nn.Embedding(vocabSize, width, { paddingIdx: 0 });
    this.position_embeddings = new nn.Embedding(positions, width);
    this.token_type_embeddings = new nn.Embedding(types, width);
    this.LayerNorm = new nn.LayerNorm(width, { eps: EPS });
  }

  override forward(ids: nn.SymbolicTensor, types: nn.SymbolicTensor): nn.SymbolicTensor {
    const places = nn.arange(ids.size(1), { like: ids });
    const words = this.word_embeddings.forward(ids).add(this.token_type_embeddings.forward(types));
    return this.LayerNorm.forward(words.add(this.position_embeddings.forward(places)));
  }
}

class SelfAttention extends nn.Module {
  query: nn.Linear;
  key: nn.Linear;
  value: nn.Linear;
  readonly heads: number;

  constructor({ width, heads }: BertConfig) {
    super();
    this.heads = heads;
    this.query = new nn.Linear(width, width);
    this.key = new nn.Linear(width, width);
    this.value = new nn.Linear(width, width);
  }

  override forward(x: nn.SymbolicTensor, attnMask: nn.SymbolicTensor): nn.SymbolicTensor {
    const split = (layer: nn.Linear): nn.SymbolicTensor =>
      layer.forward(x).unflatten(-1, [this.heads, -1]).transpose(1, 2);
    const [query, key, value] = [split(this.query), split(this.key), split(this.value)];
    const attended = nn.functional.scaledDotProductAttention(query, key, value, { attnMask });
    return attended.transpose(1, 2).flatten(2);
  }
}

/** A linear layer, a residual and a norm. */
class Output extends nn.Module {
  dense: nn.Linear;
  LayerNorm: nn.LayerNorm;

  constructor(from: number, width: number) {
    super();
    this.dense = new nn.Linear(from, width);
    this.LayerNorm = new nn.LayerNorm(width, { eps: EPS });
  }

  override forward(x: nn.SymbolicTensor, residual: nn.SymbolicTensor): nn.SymbolicTensor {
    return this.LayerNorm.forward(this.dense.forward(x).add(residual));
  }
}

class Attention extends nn.Module {
  self: SelfAttention;
  output: Output;

  constructor(config: BertConfig) {
    super();
    this.self = new SelfAttention(config);
    this.output = new Output(config.width, config.width);
  }

  override forward(x: nn.SymbolicTensor, mask: nn.SymbolicTensor): nn.SymbolicTensor {
    return this.output.forward(this.self.forward(x, mask), x);
  }
}

class Intermediate extends nn.Module {
  dense: nn.Linear;

  constructor({ width, mlpWidth }: BertConfig) {
    super();
    this.dense = new nn.Linear(width, mlpWidth);
  }

  override forward(x: nn.SymbolicTensor): nn.SymbolicTensor {
    return nn.functional.gelu(this.dense.forward(x));
  }
}

class Layer extends nn.Module {
  attention: Attention;
  intermediate: Intermediate;
  output: Output;

  constructor(config: BertConfig) {
    super();
    this.attention = new Attention(config);
    this.intermediate = new Intermediate(config);
    this.output = new Output(config.mlpWidth, config.width);
  }

  override forward(x: nn.SymbolicTensor, mask: nn.SymbolicTensor): nn.SymbolicTensor {
    const attended = this.attention.forward(x, mask);
    return this.output.forward(this.intermediate.forward(attended), attended);
  }
}

class Encoder extends nn.Module {
  layer: nn.ModuleList<Layer>;

  constructor(config: BertConfig) {
    super();
    this.layer = new nn.ModuleList(Array.from({ length: config.layers }, () => new Layer(config)));
  }

  override forward(x: nn.SymbolicTensor, mask: nn.SymbolicTensor): nn.SymbolicTensor {
    return [...this.layer].reduce((hidden, layer) => layer.forward(hidden, mask), x);
  }
}

class Pooler extends nn.Module {
  dense: nn.Linear;

  constructor({ width }: BertConfig) {
    super();
    this.dense = new nn.Linear(width, width);
  }

  override forward(hidden: nn.SymbolicTensor): nn.SymbolicTensor {
    return this.dense.forward(hidden.at(":", 0)).tanh();
  }
}

/** BERT by the names of Hugging Face's `BertModel`. The mask has 1 at words and 0 at padding. */
export class Bert extends nn.Module {
  embeddings: Embeddings;
  encoder: Encoder;
  pooler: Pooler;

  constructor(config: BertConfig) {
    super();
    this.embeddings = new Embeddings(config);
    this.encoder = new Encoder(config);
    this.pooler = new Pooler(config);
  }

  override forward(
    ids: nn.SymbolicTensor,
    mask: nn.SymbolicTensor,
    types: nn.SymbolicTensor,
  ): { readonly hidden: nn.SymbolicTensor; readonly pooled: nn.SymbolicTensor } {
    const keys = mask.bool().at(":", null, null, ":");
    const hidden = this.encoder.forward(this.embeddings.forward(ids, types), keys);
    return { hidden, pooled: this.pooler.forward(hidden) };
  }
}
