import { nn } from "torchrelay";

const EPS = 0.0010000000474974513;
const CHANNELS = [128, 16, 16, 16, 32, 64];
const BINS = 360;
/** What is left of a frame of 1024 samples after six layers, by its channels. */
const FEATURES = 256;

interface Layer {
  readonly conv: nn.Conv2d;
  readonly norm: nn.BatchNorm2d;
}

/** CREPE in its tiny form, by the names of torchcrepe: for each frame of 1024 samples at 16 kHz, how likely each of 360 pitches is. */
export class Crepe extends nn.Module {
  readonly layers: readonly Layer[];
  classifier: nn.Linear;

  constructor() {
    super();
    this.layers = CHANNELS.map((channels, i) => {
      const kernel = i === 0 ? [512, 1] : [64, 1];
      const conv = new nn.Conv2d(CHANNELS[i - 1] ?? 1, channels, kernel, { stride: i === 0 ? [4, 1] : 1 });
      return { conv, norm: new nn.BatchNorm2d(channels, { eps: EPS }) };
    });
    this.classifier = new nn.Linear(FEATURES, BINS);
  }

  override *namedChildren(): Iterable<readonly [name: string, module: nn.Module]> {
    for (const [i, { conv, norm }] of this.layers.entries()) {
      yield [`conv${i + 1}`, conv];
      yield [`conv${i + 1}_BN`, norm];
    }
    yield ["classifier", this.classifier];
  }

  override forward(frames: nn.SymbolicTensor): nn.SymbolicTensor {
    const features = this.layers.reduce(
      (x, layer, i) => {
        const padded = nn.functional.pad(x, [0, 0, ...(i === 0 ? [254, 254] : [31, 32])]);
        const normed = layer.norm.forward(layer.conv.forward(padded).relu());
        return nn.functional.maxPool2d(normed, [2, 1]);
      },
      frames.at(":", null, ":", null),
    );
    return this.classifier.forward(features.permute(0, 2, 1, 3).reshape(-1, FEATURES)).sigmoid();
  }
}
