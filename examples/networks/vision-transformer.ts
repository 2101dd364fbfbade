import { nn } from "torchrelay";

export interface VisionTransformerConfig {
  readonly imageSize: number;
  readonly patchSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly width: number;
  readonly mlpWidth: number;
  readonly numClasses: number;
}

class EncoderBlock extends nn.Module {
  ln_1: nn.LayerNorm;
  self_attention: nn.MultiheadAttention;
  ln_2: nn.LayerNorm;
  mlp: nn.Sequential;

  constructor({ width, heads, mlpWidth }: VisionTransformerConfig) {
    super();
    this.ln_1 = new nn.LayerNorm(width, { eps: 1e-6 });
    this.self_attention = new nn.MultiheadAttention(width, heads, { batchFirst: true });
    this.ln_2 = new nn.LayerNorm(width, { eps: 1e-6 });
    this.mlp = new nn.Sequential(
      new nn.Linear(width, mlpWidth),
      new nn.GELU(),
      new nn.Dropout(0),
      new nn.Linear(mlpWidth, width),
      new nn.Dropout(0),
    );
  }

  override forward(input: nn.SymbolicTensor): nn.SymbolicTensor {
    const x = this.ln_1.forward(input);
    const [attended] = this.self_attention.forward(x, x, x, { needWeights: false });
    const sum = attended.add(input);
    return sum.add(this.mlp.forward(this.ln_2.forward(sum)));
  }
}

class Encoder extends nn.Module {
  pos_embedding: nn.Parameter;
  layers: nn.Sequential;
  ln: nn.LayerNorm;

  constructor(config: VisionTransformerConfig) {
    super();
    const patches = (config.imageSize / config.patchSize) ** 2;
    const blocks = Array.from({ length: config.layers }, (_, i) => [`encoder_layer_${i}`, new EncoderBlock(config)]);
    this.pos_embedding = new nn.Parameter(nn.randn([1, patches + 1, config.width]));
    this.layers = new nn.Sequential(Object.fromEntries(blocks));
    this.ln = new nn.LayerNorm(config.width, { eps: 1e-6 });
  }

  override forward(input: nn.SymbolicTensor): nn.SymbolicTensor {
    return this.ln.forward(this.layers.forward(input.add(this.pos_embedding)));
  }
}

/** torchvision's `VisionTransformer`, by the same names. */
export class VisionTransformer extends nn.Module {
  class_token: nn.Parameter;
  conv_proj: nn.Conv2d;
  encoder: Encoder;
  heads: nn.Sequential;

  constructor(config: VisionTransformerConfig) {
    super();
    const { width, patchSize, numClasses } = config;
    this.class_token = new nn.Parameter(nn.rand([1, 1, width]));
    this.conv_proj = new nn.Conv2d(3, width, patchSize, { stride: patchSize });
    this.encoder = new Encoder(config);
    this.heads = new nn.Sequential({ head: new nn.Linear(width, numClasses) });
  }

  override forward(image: nn.SymbolicTensor): nn.SymbolicTensor {
    const patches = this.conv_proj.forward(image).flatten(2).permute(0, 2, 1);
    const token = image.lift(this.class_token).expand(image.size(0), -1, -1);
    const encoded = this.encoder.forward(nn.cat([token, patches], 1));
    return this.heads.forward(encoded.at(":", 0));
  }
}
