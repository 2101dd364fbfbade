import { nn } from "torchrelay";

type Layers = readonly nn.Module[];

/** A convolution without bias and a norm. */
function convNorm(inChannels: number, outChannels: number, kernel: number, options: nn.ConvOptions = {}): Layers {
  const padding = (kernel - 1) / 2;
  const conv = new nn.Conv2d(inChannels, outChannels, kernel, { padding, bias: false, ...options });
  return [conv, new nn.BatchNorm2d(outChannels)];
}

function depthwise(channels: number, kernel: number, stride = 1): Layers {
  return convNorm(channels, channels, kernel, { stride, groups: channels });
}

/** A block of ShuffleNetV2: with stride 2 both halves are computed from all channels, else one half is passed on. */
class ShuffleBlock extends nn.Module {
  branch_main: nn.Sequential;
  branch_proj: nn.Sequential | null;

  constructor(inChannels: number, outChannels: number, stride: 1 | 2) {
    super();
    const middle = outChannels / 2;
    this.branch_main = new nn.Sequential(
      ...convNorm(inChannels, middle, 1),
      new nn.ReLU(),
      ...depthwise(middle, 3, stride),
      ...convNorm(middle, outChannels - inChannels, 1),
      new nn.ReLU(),
    );
    const project = (): nn.Sequential =>
      new nn.Sequential(...depthwise(inChannels, 3, stride), ...convNorm(inChannels, inChannels, 1), new nn.ReLU());
    this.branch_proj = stride === 2 ? project() : null;
  }

  override forward(x: nn.SymbolicTensor): nn.SymbolicTensor {
    if (this.branch_proj) return nn.cat([this.branch_proj.forward(x), this.branch_main.forward(x)], 1);
    const even = x.at(":", [0, null, 2]);
    const odd = x.at(":", [1, null, 2]);
    return nn.cat([even, this.branch_main.forward(odd)], 1);
  }
}

function stage(inChannels: number, outChannels: number, blocks: number): nn.Sequential {
  const rest = Array.from({ length: blocks - 1 }, () => new ShuffleBlock(outChannels / 2, outChannels, 1));
  return new nn.Sequential(new ShuffleBlock(inChannels, outChannels, 2), ...rest);
}

type Scales = readonly [nn.SymbolicTensor, nn.SymbolicTensor, nn.SymbolicTensor];

class ShuffleNetV2 extends nn.Module {
  first_conv = new nn.Sequential(...convNorm(3, 24, 3, { stride: 2 }), new nn.ReLU());
  maxpool = new nn.MaxPool2d(3, { stride: 2, padding: 1 });
  stage2 = stage(24, 48, 4);
  stage3 = stage(48, 96, 8);
  stage4 = stage(96, 192, 4);

  override forward(image: nn.SymbolicTensor): Scales {
    const second = this.stage2.forward(this.maxpool.forward(this.first_conv.forward(image)));
    const third = this.stage3.forward(second);
    return [second, third, this.stage4.forward(third)];
  }
}

class Conv1x1 extends nn.Module {
  conv1x1: nn.Sequential;

  constructor(inChannels: number, outChannels: number) {
    super();
    this.conv1x1 = new nn.Sequential(...convNorm(inChannels, outChannels, 1), new nn.ReLU());
  }

  override forward(x: nn.SymbolicTensor): nn.SymbolicTensor {
    return this.conv1x1.forward(x);
  }
}

/** Sees three neighbourhoods of growing size. */
class SpatialPyramid extends nn.Module {
  Conv1x1: Conv1x1;
  S1: nn.Sequential;
  S2: nn.Sequential;
  S3: nn.Sequential;
  output: nn.Sequential;

  constructor(inChannels: number, channels: number) {
    super();
    const steps = (count: number): nn.Sequential =>
      new nn.Sequential(...Array.from({ length: count }, () => [...depthwise(channels, 5), new nn.ReLU()]).flat());
    this.Conv1x1 = new Conv1x1(inChannels, channels);
    this.S1 = steps(1);
    this.S2 = steps(2);
    this.S3 = steps(3);
    this.output = new nn.Sequential(...convNorm(3 * channels, channels, 1));
  }

  override forward(input: nn.SymbolicTensor): nn.SymbolicTensor {
    const x = this.Conv1x1.forward(input);
    const seen = [this.S1, this.S2, this.S3].map((steps) => steps.forward(x));
    return x.add(this.output.forward(nn.cat(seen, 1))).relu();
  }
}

class Head extends nn.Module {
  conv5x5: nn.Sequential;

  constructor(inChannels: number, outChannels: number) {
    super();
    this.conv5x5 = new nn.Sequential(
      ...depthwise(inChannels, 5),
      new nn.ReLU(),
      ...convNorm(inChannels, outChannels, 1),
    );
  }

  override forward(x: nn.SymbolicTensor): nn.SymbolicTensor {
    return this.conv5x5.forward(x);
  }
}

class DetectHead extends nn.Module {
  conv1x1: Conv1x1;
  obj_layers: Head;
  reg_layers: Head;
  cls_layers: Head;

  constructor(channels: number, numClasses: number) {
    super();
    this.conv1x1 = new Conv1x1(channels, channels);
    this.obj_layers = new Head(channels, 1);
    this.reg_layers = new Head(channels, 4);
    this.cls_layers = new Head(channels, numClasses);
  }

  override forward(input: nn.SymbolicTensor): nn.SymbolicTensor {
    const x = this.conv1x1.forward(input);
    const classes = this.cls_layers.forward(x).softmax(1);
    return nn.cat([this.obj_layers.forward(x).sigmoid(), this.reg_layers.forward(x), classes], 1);
  }
}

/**
 * FastestDet by the names of its repository: for each of 22 by 22 cells of an image of 352 by 352 pixels how likely an
 * object is there, its box, and what it is.
 */
export class FastestDet extends nn.Module {
  backbone = new ShuffleNetV2();
  upsample = new nn.Upsample({ scaleFactor: 2 });
  avg_pool = new nn.AvgPool2d(3, { stride: 2, padding: 1 });
  SPP = new SpatialPyramid(336, 96);
  detect_head: DetectHead;

  constructor(numClasses: number) {
    super();
    this.detect_head = new DetectHead(96, numClasses);
  }

  override forward(image: nn.SymbolicTensor): nn.SymbolicTensor {
    const [fine, middle, coarse] = this.backbone.forward(image);
    const scales = [this.avg_pool.forward(fine), middle, this.upsample.forward(coarse)];
    return this.detect_head.forward(this.SPP.forward(nn.cat(scales, 1)));
  }
}
