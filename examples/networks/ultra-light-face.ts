import { nn, Tensor } from "torchrelay";

const WIDTH = 320;
const HEIGHT = 240;
const CENTER_VARIANCE = 0.1;
const SIZE_VARIANCE = 0.2;

/** Of each feature map: pixels of the image between its places, and the sizes of the boxes at each. */
const MAPS = [
  { step: 8, sizes: [10, 16, 24] },
  { step: 16, sizes: [32, 48] },
  { step: 32, sizes: [64, 96] },
  { step: 64, sizes: [128, 192, 256] },
];

function clamped(value: number): number {
  return Math.min(1, Math.max(0, value));
}

/** Of parts of equal size. */
function middles(count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => (i + 0.5) / count);
}

/** The boxes that the network moves: centre and size, as parts of the image. */
function priors(): Tensor {
  const boxes = MAPS.flatMap(({ step, sizes }) => {
    const rows = middles(Math.ceil(HEIGHT / step));
    const columns = middles(Math.ceil(WIDTH / step));
    return rows.flatMap((y) => columns.flatMap((x) => sizes.flatMap((size) => [x, y, size / WIDTH, size / HEIGHT])));
  });
  return new Tensor("float32", Float32Array.from(boxes, clamped), [boxes.length / 4, 4]);
}

function convNorm(inChannels: number, outChannels: number, stride: number): nn.Sequential {
  const conv = new nn.Conv2d(inChannels, outChannels, 3, { stride, padding: 1, bias: false });
  return new nn.Sequential(conv, new nn.BatchNorm2d(outChannels), new nn.ReLU());
}

/** A convolution of each channel, then one of each pixel. */
function convDepthwise(inChannels: number, outChannels: number, stride = 1): nn.Sequential {
  return new nn.Sequential(
    new nn.Conv2d(inChannels, inChannels, 3, { stride, padding: 1, groups: inChannels, bias: false }),
    new nn.BatchNorm2d(inChannels),
    new nn.ReLU(),
    new nn.Conv2d(inChannels, outChannels, 1, { bias: false }),
    new nn.BatchNorm2d(outChannels),
    new nn.ReLU(),
  );
}

function separable(inChannels: number, outChannels: number, stride = 1): nn.Sequential {
  return new nn.Sequential(
    new nn.Conv2d(inChannels, inChannels, 3, { stride, padding: 1, groups: inChannels }),
    new nn.ReLU(),
    new nn.Conv2d(inChannels, outChannels, 1),
  );
}

interface BasicConvOptions extends nn.ConvOptions {
  readonly relu?: boolean;
}

class BasicConv extends nn.Module {
  conv: nn.Conv2d;
  bn: nn.BatchNorm2d;
  readonly relu: boolean;

  constructor(inChannels: number, outChannels: number, kernel: number, options: BasicConvOptions = {}) {
    super();
    const { relu = false, ...rest } = options;
    this.conv = new nn.Conv2d(inChannels, outChannels, kernel, { ...rest, bias: false });
    this.bn = new nn.BatchNorm2d(outChannels);
    this.relu = relu;
  }

  override forward(x: nn.SymbolicTensor): nn.SymbolicTensor {
    const normed = this.bn.forward(this.conv.forward(x));
    return this.relu ? normed.relu() : normed;
  }
}

/** Receptive fields of three sizes. */
class BasicRFB extends nn.Module {
  branch0: nn.Sequential;
  branch1: nn.Sequential;
  branch2: nn.Sequential;
  ConvLinear: BasicConv;
  shortcut: BasicConv;

  constructor(channels: number) {
    super();
    const inner = channels / 8;
    const last = (dilation: number): BasicConv =>
      new BasicConv(2 * inner, 2 * inner, 3, { padding: dilation, dilation });
    const wide = (from: number, to: number): BasicConv => new BasicConv(from, to, 3, { padding: 1, relu: true });
    const first = (): BasicConv => new BasicConv(channels, inner, 1);
    const between = (inner / 2) * 3;
    this.branch0 = new nn.Sequential(first(), wide(inner, 2 * inner), last(2));
    this.branch1 = new nn.Sequential(first(), wide(inner, 2 * inner), last(3));
    this.branch2 = new nn.Sequential(first(), wide(inner, between), wide(between, 2 * inner), last(5));
    this.ConvLinear = new BasicConv(6 * inner, channels, 1);
    this.shortcut = new BasicConv(channels, channels, 1);
  }

  override forward(x: nn.SymbolicTensor): nn.SymbolicTensor {
    const branches = [this.branch0, this.branch1, this.branch2].map((branch) => branch.forward(x));
    return this.ConvLinear.forward(nn.cat(branches, 1)).add(this.shortcut.forward(x)).relu();
  }
}

function headers(values: number): nn.ModuleList {
  const [first, second, third, last] = MAPS.map(({ sizes }) => sizes.length * values);
  if (!first || !second || !third || !last) throw new Error("there are four feature maps");
  const wide = new nn.Conv2d(256, last, 3, { padding: 1 });
  return new nn.ModuleList([separable(64, first), separable(128, second), separable(256, third), wide]);
}

/** Where in `base_net` a feature map is taken. */
const SOURCES = [8, 11, 13];

/** The Ultra-Light face detector in its RFB form for 320 by 240 pixels: scores and corners of 4420 boxes. */
export class UltraLightFace extends nn.Module {
  base_net = new nn.Sequential(
    convNorm(3, 16, 2),
    convDepthwise(16, 32),
    convDepthwise(32, 32, 2),
    convDepthwise(32, 32),
    convDepthwise(32, 64, 2),
    convDepthwise(64, 64),
    convDepthwise(64, 64),
    new BasicRFB(64),
    convDepthwise(64, 128, 2),
    convDepthwise(128, 128),
    convDepthwise(128, 128),
    convDepthwise(128, 256, 2),
    convDepthwise(256, 256),
  );
  extras = new nn.ModuleList([
    new nn.Sequential(new nn.Conv2d(256, 64, 1), new nn.ReLU(), separable(64, 256, 2), new nn.ReLU()),
  ]);
  classification_headers: nn.ModuleList = headers(2);
  regression_headers: nn.ModuleList = headers(4);

  override forward(image: nn.SymbolicTensor): {
    readonly scores: nn.SymbolicTensor;
    readonly boxes: nn.SymbolicTensor;
  } {
    const maps = this.#maps(image);
    const scores = joined(maps, this.classification_headers, 2).softmax(2);
    return { scores, boxes: corners(joined(maps, this.regression_headers, 4)) };
  }

  #maps(image: nn.SymbolicTensor): readonly nn.SymbolicTensor[] {
    const maps: nn.SymbolicTensor[] = [];
    let x = image;
    for (const [i, layer] of [...this.base_net.modules, ...this.extras].entries()) {
      x = layer.forward(x) as nn.SymbolicTensor;
      if (SOURCES.includes(i + 1) || i === 13) maps.push(x);
    }
    return maps;
  }
}

/** What the headers say of each box of every feature map. */
function joined(maps: readonly nn.SymbolicTensor[], list: nn.ModuleList, values: number): nn.SymbolicTensor {
  const parts = [...list].map((header, i) => {
    const map = maps[i];
    if (!map) throw new Error("there is a header for each feature map");
    return (header.forward(map) as nn.SymbolicTensor).permute(0, 2, 3, 1).reshape(map.size(0), -1, values);
  });
  return nn.cat(parts, 1);
}

/** The boxes that the network's moves make of its priors: left, top, right and bottom, as parts of the image. */
export function corners(moves: nn.SymbolicTensor): nn.SymbolicTensor {
  const boxes = moves.lift(priors());
  const [center, size] = [boxes.at(":", [0, 2]), boxes.at(":", [2, 4])];
  const middle = moves.at("...", [0, 2]).mul(CENTER_VARIANCE).mul(size).add(center);
  const half = moves.at("...", [2, 4]).mul(SIZE_VARIANCE).exp().mul(size).div(2);
  return nn.cat([middle.sub(half), middle.add(half)], -1);
}
