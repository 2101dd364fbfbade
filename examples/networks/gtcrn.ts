import { nn } from "torchrelay";

/** The lowest frequencies are kept; those above, up to 257, share 64 bands. */
const KEPT_BINS = 65;
const HIGH_BINS = 192;
const BANDS = 64;
const CHANNELS = 16;
/** Frequencies after the encoder. */
const WIDTH = 33;

function halves(x: nn.SymbolicTensor, dim: number): readonly [nn.SymbolicTensor, nn.SymbolicTensor] {
  const [first, second] = x.chunk(2, dim);
  if (!first || !second) throw new Error("two halves were asked for");
  return [first, second];
}

/** Between frequencies and bands that are as wide as hearing is sharp. */
class ERB extends nn.Module {
  erb_fc = new nn.Linear(HIGH_BINS, BANDS, { bias: false });
  ierb_fc = new nn.Linear(BANDS, HIGH_BINS, { bias: false });

  override forward(x: nn.SymbolicTensor): nn.SymbolicTensor {
    return nn.cat([x.at("...", [0, KEPT_BINS]), this.erb_fc.forward(x.at("...", [KEPT_BINS]))], -1);
  }

  inverse(x: nn.SymbolicTensor): nn.SymbolicTensor {
    return nn.cat([x.at("...", [0, KEPT_BINS]), this.ierb_fc.forward(x.at("...", [KEPT_BINS]))], -1);
  }
}

/** Beside each frequency its two neighbours, as channels. */
function withNeighbours(x: nn.SymbolicTensor): nn.SymbolicTensor {
  const padded = nn.functional.pad(x, [1, 1]);
  const width = x.size(3);
  const shifted = [0, 1, 2].map((start) => padded.narrow(3, start, width));
  return nn.stack(shifted, 2).flatten(1, 2);
}

/** Attention to time by the energy of each channel. */
class TRA extends nn.Module {
  att_gru: nn.GRU;
  att_fc: nn.Linear;

  constructor(channels: number) {
    super();
    this.att_gru = new nn.GRU(channels, 2 * channels, { batchFirst: true });
    this.att_fc = new nn.Linear(2 * channels, channels);
  }

  override forward(x: nn.SymbolicTensor): nn.SymbolicTensor {
    const [steps] = this.att_gru.forward(x.pow(2).mean(-1).transpose(1, 2));
    return x.mul(this.att_fc.forward(steps).transpose(1, 2).sigmoid().unsqueeze(-1));
  }
}

interface ConvBlockOptions {
  readonly groups?: number;
  readonly transposed?: boolean;
  readonly isLast?: boolean;
}

/** Halves the frequencies, or doubles them. */
class ConvBlock extends nn.Module {
  conv: nn.Conv2d | nn.ConvTranspose2d;
  bn: nn.BatchNorm2d;
  act: nn.PReLU | nn.Tanh;

  constructor(inChannels: number, outChannels: number, options: ConvBlockOptions = {}) {
    super();
    const { groups = 1, transposed = false, isLast = false } = options;
    const shape = { stride: [1, 2], padding: [0, 2], groups };
    const Conv = transposed ? nn.ConvTranspose2d : nn.Conv2d;
    this.conv = new Conv(inChannels, outChannels, [1, 5], shape);
    this.bn = new nn.BatchNorm2d(outChannels);
    this.act = isLast ? new nn.Tanh() : new nn.PReLU();
  }

  override forward(x: nn.SymbolicTensor): nn.SymbolicTensor {
    return this.act.forward(this.bn.forward(this.conv.forward(x)));
  }
}

/** Convolves half of the channels over this frame and two before it, `dilation` apart. */
class GTConvBlock extends nn.Module {
  point_conv1: nn.Conv2d | nn.ConvTranspose2d;
  point_bn1 = new nn.BatchNorm2d(CHANNELS);
  point_act = new nn.PReLU();
  depth_conv: nn.Conv2d | nn.ConvTranspose2d;
  depth_bn = new nn.BatchNorm2d(CHANNELS);
  depth_act = new nn.PReLU();
  point_conv2: nn.Conv2d | nn.ConvTranspose2d;
  point_bn2 = new nn.BatchNorm2d(CHANNELS / 2);
  tra = new TRA(CHANNELS / 2);
  readonly past: number;

  constructor(dilation: number, transposed = false) {
    super();
    this.past = 2 * dilation;
    const Conv = transposed ? nn.ConvTranspose2d : nn.Conv2d;
    const padding = [transposed ? this.past : 0, 1];
    this.point_conv1 = new Conv((CHANNELS / 2) * 3, CHANNELS, 1);
    this.depth_conv = new Conv(CHANNELS, CHANNELS, 3, { padding, dilation: [dilation, 1], groups: CHANNELS });
    this.point_conv2 = new Conv(CHANNELS, CHANNELS / 2, 1);
  }

  override forward(x: nn.SymbolicTensor): nn.SymbolicTensor {
    const [first, second] = halves(x, 1);
    const wide = this.point_act.forward(this.point_bn1.forward(this.point_conv1.forward(withNeighbours(first))));
    const padded = nn.functional.pad(wide, [0, 0, this.past, 0]);
    const deep = this.depth_act.forward(this.depth_bn.forward(this.depth_conv.forward(padded)));
    const narrow = this.tra.forward(this.point_bn2.forward(this.point_conv2.forward(deep)));
    return nn.stack([narrow, second], 2).flatten(1, 2);
  }
}

/** Two recurrent networks, each over half of the features. */
class GRNN extends nn.Module {
  rnn1: nn.GRU;
  rnn2: nn.GRU;

  constructor(inputSize: number, hiddenSize: number, bidirectional: boolean) {
    super();
    this.rnn1 = new nn.GRU(inputSize / 2, hiddenSize / 2, { batchFirst: true, bidirectional });
    this.rnn2 = new nn.GRU(inputSize / 2, hiddenSize / 2, { batchFirst: true, bidirectional });
  }

  override forward(x: nn.SymbolicTensor): nn.SymbolicTensor {
    const [first, second] = halves(x, -1);
    return nn.cat([this.rnn1.forward(first)[0], this.rnn2.forward(second)[0]], -1);
  }
}

/** Recurrent over frequencies, both ways, then over time. */
class DPGRNN extends nn.Module {
  intra_rnn = new GRNN(CHANNELS, CHANNELS / 2, true);
  intra_fc = new nn.Linear(CHANNELS, CHANNELS);
  intra_ln = new nn.LayerNorm([WIDTH, CHANNELS], { eps: 1e-8 });
  inter_rnn = new GRNN(CHANNELS, CHANNELS, false);
  inter_fc = new nn.Linear(CHANNELS, CHANNELS);
  inter_ln = new nn.LayerNorm([WIDTH, CHANNELS], { eps: 1e-8 });

  override forward(input: nn.SymbolicTensor): nn.SymbolicTensor {
    const x = input.permute(0, 2, 3, 1);
    const [rows, steps] = [x.size(0), x.size(1)];
    const overWidth = this.intra_fc.forward(this.intra_rnn.forward(x.flatten(0, 1)));
    const intra = x.add(this.intra_ln.forward(overWidth.reshape(rows, steps, WIDTH, CHANNELS)));
    const overTime = this.inter_fc.forward(this.inter_rnn.forward(intra.permute(0, 2, 1, 3).flatten(0, 1)));
    const inter = overTime.reshape(rows, WIDTH, steps, CHANNELS).permute(0, 2, 1, 3);
    return intra.add(this.inter_ln.forward(inter)).permute(0, 3, 1, 2);
  }
}

class Encoder extends nn.Module {
  en_convs = new nn.ModuleList<ConvBlock | GTConvBlock>([
    new ConvBlock(9, CHANNELS),
    new ConvBlock(CHANNELS, CHANNELS, { groups: 2 }),
    new GTConvBlock(1),
    new GTConvBlock(2),
    new GTConvBlock(5),
  ]);

  /** What each block gives. */
  override forward(input: nn.SymbolicTensor): readonly nn.SymbolicTensor[] {
    const outputs: nn.SymbolicTensor[] = [];
    for (const block of this.en_convs) outputs.push(block.forward(outputs.at(-1) ?? input));
    return outputs;
  }
}

class Decoder extends nn.Module {
  de_convs = new nn.ModuleList<ConvBlock | GTConvBlock>([
    new GTConvBlock(5, true),
    new GTConvBlock(2, true),
    new GTConvBlock(1, true),
    new ConvBlock(CHANNELS, CHANNELS, { groups: 2, transposed: true }),
    new ConvBlock(CHANNELS, 2, { transposed: true, isLast: true }),
  ]);

  override forward(input: nn.SymbolicTensor, encoded: readonly nn.SymbolicTensor[]): nn.SymbolicTensor {
    return encoded.reduceRight((x, each, i) => {
      const block = this.de_convs.at(encoded.length - 1 - i);
      if (!block) throw new Error("there is a block for each of the encoder");
      return block.forward(x.add(each));
    }, input);
  }
}

/** GTCRN by the names of its repository: cleans the spectrum of speech, `[rows, 257, frames, 2]` for real and imaginary parts. */
export class GTCRN extends nn.Module {
  erb = new ERB();
  encoder = new Encoder();
  dpgrnn1 = new DPGRNN();
  dpgrnn2 = new DPGRNN();
  decoder = new Decoder();

  override forward(spectrum: nn.SymbolicTensor): nn.SymbolicTensor {
    const [real, imaginary] = spectrum.permute(0, 3, 2, 1).unbind(1);
    if (!real || !imaginary) throw new Error("there are two parts");
    const magnitude = real.pow(2).add(imaginary.pow(2)).add(1e-12).sqrt();
    const features = withNeighbours(this.erb.forward(nn.stack([magnitude, real, imaginary], 1)));
    const encoded = this.encoder.forward(features);
    const deepest = encoded.at(-1);
    if (!deepest) throw new Error("the encoder has blocks");
    const middle = this.dpgrnn2.forward(this.dpgrnn1.forward(deepest));
    const mask = this.erb.inverse(this.decoder.forward(middle, encoded));
    const [maskReal, maskImaginary] = mask.unbind(1);
    if (!maskReal || !maskImaginary) throw new Error("there are two parts");
    const enhancedReal = real.mul(maskReal).sub(imaginary.mul(maskImaginary));
    const enhancedImaginary = imaginary.mul(maskReal).add(real.mul(maskImaginary));
    return nn.stack([enhancedReal, enhancedImaginary], 1).permute(0, 3, 2, 1);
  }
}
