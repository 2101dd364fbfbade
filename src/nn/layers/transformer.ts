import { gelu, relu } from "../functional/activations.ts";
import { xavierUniform } from "../init.ts";
import { Module } from "../module.ts";
import { defaultGenerator } from "../random/default-generator.ts";
import type { SymbolicTensor } from "../symbolic-tensor.ts";
import { ModuleList } from "./containers.ts";
import { Dropout } from "./dropout.ts";
import { Linear } from "./linear.ts";
import { MultiheadAttention } from "./multihead-attention.ts";
import { LayerNorm } from "./normalization.ts";

type Activation = (input: SymbolicTensor) => SymbolicTensor;

const ACTIVATIONS: Readonly<Record<"relu" | "gelu", Activation>> = { relu, gelu: (input) => gelu(input) };

export interface TransformerLayerOptions {
  readonly dimFeedforward?: number;
  readonly dropout?: number;
  /** "relu" unless given. */
  readonly activation?: "relu" | "gelu" | Activation;
  readonly layerNormEps?: number;
  /** Whether inputs are `[rows, steps, features]` rather than `[steps, rows, features]`. */
  readonly batchFirst?: boolean;
  /** Whether norms come before attention and feed-forward rather than after. */
  readonly normFirst?: boolean;
  readonly bias?: boolean;
}

interface Settings {
  readonly dModel: number;
  readonly nhead: number;
  readonly dimFeedforward: number;
  readonly dropout: number;
  readonly attention: { readonly dropout: number; readonly batchFirst: boolean; readonly bias: boolean };
  readonly norm: { readonly eps: number; readonly bias: boolean };
  readonly bias: boolean;
  readonly normFirst: boolean;
  readonly activation: Activation;
}

function settings(dModel: number, nhead: number, options: TransformerLayerOptions): Settings {
  const { dimFeedforward = 2048, dropout = 0.1, activation = "relu", layerNormEps: eps = 1e-5 } = options;
  const { batchFirst = false, normFirst = false, bias = true } = options;
  const attention = { dropout, batchFirst, bias };
  const apply = typeof activation === "string" ? ACTIVATIONS[activation] : activation;
  return { dModel, nhead, dimFeedforward, dropout, attention, norm: { eps, bias }, bias, normFirst, activation: apply };
}

export interface EncoderMasks {
  /** `[steps, steps]`: true, or what is added, where a step may not look. */
  readonly mask?: SymbolicTensor | null;
  /** `[rows, steps]`: true, or what is added, at steps that are padding. */
  readonly srcKeyPaddingMask?: SymbolicTensor | null;
}

/** Attention and a feed-forward network, each with a norm and a residual, as `torch.nn.TransformerEncoderLayer`. */
export class TransformerEncoderLayer extends Module {
  readonly self_attn: MultiheadAttention;
  readonly linear1: Linear;
  readonly dropout: Dropout;
  readonly linear2: Linear;
  readonly norm1: LayerNorm;
  readonly norm2: LayerNorm;
  readonly dropout1: Dropout;
  readonly dropout2: Dropout;
  readonly settings: Settings;
  readonly options: TransformerLayerOptions;

  constructor(dModel: number, nhead: number, options: TransformerLayerOptions = {}) {
    super();
    this.options = options;
    this.settings = settings(dModel, nhead, options);
    const { dimFeedforward, dropout, attention, norm, bias } = this.settings;
    this.self_attn = new MultiheadAttention(dModel, nhead, attention);
    this.linear1 = new Linear(dModel, dimFeedforward, { bias });
    this.dropout = new Dropout(dropout);
    this.linear2 = new Linear(dimFeedforward, dModel, { bias });
    this.norm1 = new LayerNorm(dModel, norm);
    this.norm2 = new LayerNorm(dModel, norm);
    this.dropout1 = new Dropout(dropout);
    this.dropout2 = new Dropout(dropout);
  }

  override forward(src: SymbolicTensor, masks: EncoderMasks = {}): SymbolicTensor {
    if (this.settings.normFirst) {
      const x = src.add(this.#attention(this.norm1.forward(src), masks));
      return x.add(this.#feedForward(this.norm2.forward(x)));
    }
    const x = this.norm1.forward(src.add(this.#attention(src, masks)));
    return this.norm2.forward(x.add(this.#feedForward(x)));
  }

  #attention(x: SymbolicTensor, { mask = null, srcKeyPaddingMask = null }: EncoderMasks): SymbolicTensor {
    const options = { attnMask: mask, keyPaddingMask: srcKeyPaddingMask, needWeights: false };
    return this.dropout1.forward(this.self_attn.forward(x, x, x, options)[0]);
  }

  #feedForward(x: SymbolicTensor): SymbolicTensor {
    const hidden = this.settings.activation(this.linear1.forward(x));
    return this.dropout2.forward(this.linear2.forward(this.dropout.forward(hidden)));
  }
}

type Layer = Module & { readonly settings: Settings; readonly options: TransformerLayerOptions };
type LayerArguments = ConstructorParameters<typeof TransformerEncoderLayer>;

/** Copies of a layer, its weights included, for which nothing is drawn from the generator. */
function copies<M extends Module>(layer: Layer, count: number, make: (...args: LayerArguments) => M): ModuleList<M> {
  const { dModel, nhead } = layer.settings;
  const state = defaultGenerator.getState();
  const list = Array.from({ length: count }, () => make(dModel, nhead, layer.options));
  defaultGenerator.setState(state);
  for (const copy of list) copy.loadStateDict(layer.stateDict());
  return new ModuleList<M>(list);
}

/**
 * Copies of one layer one after the other, as `torch.nn.TransformerEncoder`. Steps that are padding are computed like others,
 * as PyTorch does outside of its fast path, which puts zeros there.
 */
export class TransformerEncoder extends Module {
  readonly layers: ModuleList<TransformerEncoderLayer>;
  readonly norm: Module | null;

  constructor(encoderLayer: TransformerEncoderLayer, numLayers: number, norm: Module | null = null) {
    super();
    this.layers = copies(encoderLayer, numLayers, (...args) => new TransformerEncoderLayer(...args));
    this.norm = norm;
  }

  override forward(src: SymbolicTensor, masks: EncoderMasks = {}): SymbolicTensor {
    const output = [...this.layers].reduce((x, layer) => layer.forward(x, masks), src);
    return this.norm ? (this.norm.forward(output) as SymbolicTensor) : output;
  }
}

export interface DecoderMasks {
  readonly tgtMask?: SymbolicTensor | null;
  readonly memoryMask?: SymbolicTensor | null;
  readonly tgtKeyPaddingMask?: SymbolicTensor | null;
  readonly memoryKeyPaddingMask?: SymbolicTensor | null;
}

/** Attention to itself, to the encoder's output, and a feed-forward network, as `torch.nn.TransformerDecoderLayer`. */
export class TransformerDecoderLayer extends Module {
  readonly self_attn: MultiheadAttention;
  readonly multihead_attn: MultiheadAttention;
  readonly linear1: Linear;
  readonly dropout: Dropout;
  readonly linear2: Linear;
  readonly norm1: LayerNorm;
  readonly norm2: LayerNorm;
  readonly norm3: LayerNorm;
  readonly dropout1: Dropout;
  readonly dropout2: Dropout;
  readonly dropout3: Dropout;
  readonly settings: Settings;
  readonly options: TransformerLayerOptions;

  constructor(dModel: number, nhead: number, options: TransformerLayerOptions = {}) {
    super();
    this.options = options;
    this.settings = settings(dModel, nhead, options);
    const { dimFeedforward, dropout, attention, norm, bias } = this.settings;
    this.self_attn = new MultiheadAttention(dModel, nhead, attention);
    this.multihead_attn = new MultiheadAttention(dModel, nhead, attention);
    this.linear1 = new Linear(dModel, dimFeedforward, { bias });
    this.dropout = new Dropout(dropout);
    this.linear2 = new Linear(dimFeedforward, dModel, { bias });
    this.norm1 = new LayerNorm(dModel, norm);
    this.norm2 = new LayerNorm(dModel, norm);
    this.norm3 = new LayerNorm(dModel, norm);
    this.dropout1 = new Dropout(dropout);
    this.dropout2 = new Dropout(dropout);
    this.dropout3 = new Dropout(dropout);
  }

  override forward(tgt: SymbolicTensor, memory: SymbolicTensor, masks: DecoderMasks = {}): SymbolicTensor {
    const parts: readonly (readonly [LayerNorm, (x: SymbolicTensor) => SymbolicTensor])[] = [
      [this.norm1, (x) => this.#attention(x, masks)],
      [this.norm2, (x) => this.#crossAttention(x, memory, masks)],
      [this.norm3, (x) => this.#feedForward(x)],
    ];
    const { normFirst } = this.settings;
    return parts.reduce(
      (x, [norm, part]) => (normFirst ? x.add(part(norm.forward(x))) : norm.forward(x.add(part(x)))),
      tgt,
    );
  }

  #attention(x: SymbolicTensor, { tgtMask = null, tgtKeyPaddingMask = null }: DecoderMasks): SymbolicTensor {
    const options = { attnMask: tgtMask, keyPaddingMask: tgtKeyPaddingMask, needWeights: false };
    return this.dropout1.forward(this.self_attn.forward(x, x, x, options)[0]);
  }

  #crossAttention(x: SymbolicTensor, memory: SymbolicTensor, masks: DecoderMasks): SymbolicTensor {
    const { memoryMask = null, memoryKeyPaddingMask = null } = masks;
    const options = { attnMask: memoryMask, keyPaddingMask: memoryKeyPaddingMask, needWeights: false };
    return this.dropout2.forward(this.multihead_attn.forward(x, memory, memory, options)[0]);
  }

  #feedForward(x: SymbolicTensor): SymbolicTensor {
    const hidden = this.settings.activation(this.linear1.forward(x));
    return this.dropout3.forward(this.linear2.forward(this.dropout.forward(hidden)));
  }
}

/** Copies of one layer one after the other, as `torch.nn.TransformerDecoder`. */
export class TransformerDecoder extends Module {
  readonly layers: ModuleList<TransformerDecoderLayer>;
  readonly norm: Module | null;

  constructor(decoderLayer: TransformerDecoderLayer, numLayers: number, norm: Module | null = null) {
    super();
    this.layers = copies(decoderLayer, numLayers, (...args) => new TransformerDecoderLayer(...args));
    this.norm = norm;
  }

  override forward(tgt: SymbolicTensor, memory: SymbolicTensor, masks: DecoderMasks = {}): SymbolicTensor {
    const output = [...this.layers].reduce((x, layer) => layer.forward(x, memory, masks), tgt);
    return this.norm ? (this.norm.forward(output) as SymbolicTensor) : output;
  }
}

export interface TransformerOptions extends TransformerLayerOptions {
  readonly dModel?: number;
  readonly nhead?: number;
  readonly numEncoderLayers?: number;
  readonly numDecoderLayers?: number;
}

export interface TransformerMasks extends DecoderMasks {
  readonly srcMask?: SymbolicTensor | null;
  readonly srcKeyPaddingMask?: SymbolicTensor | null;
}

/** Encoder and decoder, as `torch.nn.Transformer`. */
export class Transformer extends Module {
  readonly encoder: TransformerEncoder;
  readonly decoder: TransformerDecoder;

  constructor(options: TransformerOptions = {}) {
    super();
    const { dModel = 512, nhead = 8, numEncoderLayers = 6, numDecoderLayers = 6, ...layer } = options;
    const norm = (): LayerNorm => new LayerNorm(dModel, settings(dModel, nhead, layer).norm);
    this.encoder = new TransformerEncoder(new TransformerEncoderLayer(dModel, nhead, layer), numEncoderLayers, norm());
    this.decoder = new TransformerDecoder(new TransformerDecoderLayer(dModel, nhead, layer), numDecoderLayers, norm());
    for (const parameter of this.parameters()) {
      const [fanOut, fanIn, ...more] = parameter.shape;
      if (fanOut === undefined || fanIn === undefined || more.length > 0) continue;
      parameter.take(xavierUniform([fanOut, fanIn]));
    }
  }

  override forward(src: SymbolicTensor, tgt: SymbolicTensor, masks: TransformerMasks = {}): SymbolicTensor {
    const { srcMask = null, srcKeyPaddingMask = null } = masks;
    const memory = this.encoder.forward(src, { mask: srcMask, srcKeyPaddingMask });
    return this.decoder.forward(tgt, memory, masks);
  }
}
