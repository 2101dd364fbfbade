import { nn } from "torchrelay";

/** A bottleneck of convolutions along each axis. */
class SmallBasicBlock extends nn.Module {
  block: nn.Sequential;

  constructor(inChannels: number, outChannels: number) {
    super();
    const inner = outChannels / 4;
    this.block = new nn.Sequential(
      new nn.Conv2d(inChannels, inner, 1),
      new nn.ReLU(),
      new nn.Conv2d(inner, inner, [3, 1], { padding: [1, 0] }),
      new nn.ReLU(),
      new nn.Conv2d(inner, inner, [1, 3], { padding: [0, 1] }),
      new nn.ReLU(),
      new nn.Conv2d(inner, outChannels, 1),
    );
  }

  override forward(x: nn.SymbolicTensor): nn.SymbolicTensor {
    return this.block.forward(x);
  }
}

/** Pools channels, too, which stand where depth does. */
function pool(channelStride: number, widthStride: number): nn.MaxPool3d {
  return new nn.MaxPool3d([1, 3, 3], { stride: [channelStride, 1, widthStride] });
}

function normed(channels: number): readonly nn.Module[] {
  return [new nn.BatchNorm2d(channels), new nn.ReLU()];
}

/** The layers of the backbone whose outputs are read. */
const KEPT = [2, 6, 13, 22];

/**
 * LPRNet by the names of its PyTorch port: number plates of 24 by 94 pixels to scores of each character, or none, at 18
 * places. Each feature map is scaled by its mean over the whole batch, so that a row's scores depend on the others'.
 */
export class LPRNet extends nn.Module {
  backbone: nn.Sequential;
  container: nn.Sequential;

  constructor(numClasses: number) {
    super();
    this.backbone = new nn.Sequential(
      new nn.Conv2d(3, 64, 3),
      ...normed(64),
      pool(1, 1),
      new SmallBasicBlock(64, 128),
      ...normed(128),
      pool(2, 2),
      new SmallBasicBlock(64, 256),
      ...normed(256),
      new SmallBasicBlock(256, 256),
      ...normed(256),
      pool(4, 2),
      new nn.Dropout(0.5),
      new nn.Conv2d(64, 256, [1, 4]),
      ...normed(256),
      new nn.Dropout(0.5),
      new nn.Conv2d(256, numClasses, [13, 1]),
      ...normed(numClasses),
    );
    this.container = new nn.Sequential(new nn.Conv2d(448 + numClasses, numClasses, 1));
  }

  override forward(image: nn.SymbolicTensor): nn.SymbolicTensor {
    const kept: nn.SymbolicTensor[] = [];
    let x = image;
    for (const [i, layer] of this.backbone.modules.entries()) {
      x = layer.forward(x) as nn.SymbolicTensor;
      if (KEPT.includes(i)) kept.push(x);
    }
    const context = kept.map((features, i) => scaled(pooled(features, i)));
    return this.container.forward(nn.cat(context, 1)).mean(2);
  }
}

function pooled(features: nn.SymbolicTensor, i: number): nn.SymbolicTensor {
  if (i < 2) return nn.functional.avgPool2d(features, 5, { stride: 5 });
  return i === 2 ? nn.functional.avgPool2d(features, [4, 10], { stride: [4, 2] }) : features;
}

function scaled(features: nn.SymbolicTensor): nn.SymbolicTensor {
  return features.div(features.pow(2).mean());
}
