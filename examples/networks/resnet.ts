import { nn } from "torchrelay";

function conv3x3(inPlanes: number, outPlanes: number, stride = 1): nn.Conv2d {
  return new nn.Conv2d(inPlanes, outPlanes, 3, { stride, padding: 1, bias: false });
}

/** Two convolutions and a residual. */
class BasicBlock extends nn.Module {
  conv1: nn.Conv2d;
  bn1: nn.BatchNorm2d;
  relu = new nn.ReLU({ inplace: true });
  conv2: nn.Conv2d;
  bn2: nn.BatchNorm2d;
  downsample: nn.Sequential | null;

  constructor(inPlanes: number, planes: number, stride: number) {
    super();
    this.conv1 = conv3x3(inPlanes, planes, stride);
    this.bn1 = new nn.BatchNorm2d(planes);
    this.conv2 = conv3x3(planes, planes);
    this.bn2 = new nn.BatchNorm2d(planes);
    const isSame = stride === 1 && inPlanes === planes;
    const narrow = new nn.Conv2d(inPlanes, planes, 1, { stride, bias: false });
    this.downsample = isSame ? null : new nn.Sequential(narrow, new nn.BatchNorm2d(planes));
  }

  override forward(x: nn.SymbolicTensor): nn.SymbolicTensor {
    const out = this.relu.forward(this.bn1.forward(this.conv1.forward(x)));
    const sum = this.bn2.forward(this.conv2.forward(out)).add(this.downsample?.forward(x) ?? x);
    return this.relu.forward(sum);
  }
}

export interface ResNetOptions {
  /** The channels of the first stage; torchvision has 64. */
  readonly width?: number;
  readonly numClasses?: number;
}

/** torchvision's ResNet of basic blocks, by the same names: `new ResNet([2, 2, 2, 2])` is `resnet18`. */
export class ResNet extends nn.Module {
  conv1: nn.Conv2d;
  bn1: nn.BatchNorm2d;
  relu = new nn.ReLU({ inplace: true });
  maxpool = new nn.MaxPool2d(3, { stride: 2, padding: 1 });
  layer1: nn.Sequential;
  layer2: nn.Sequential;
  layer3: nn.Sequential;
  layer4: nn.Sequential;
  avgpool = new nn.AdaptiveAvgPool2d(1);
  fc: nn.Linear;

  constructor(layers: readonly [number, number, number, number], options: ResNetOptions = {}) {
    super();
    const { width = 64, numClasses = 1000 } = options;
    const stage = (index: 0 | 1 | 2 | 3): nn.Sequential => {
      const planes = width * 2 ** index;
      const first = new BasicBlock(index === 0 ? width : planes / 2, planes, index === 0 ? 1 : 2);
      const rest = Array.from({ length: layers[index] - 1 }, () => new BasicBlock(planes, planes, 1));
      return new nn.Sequential(first, ...rest);
    };
    this.conv1 = new nn.Conv2d(3, width, 7, { stride: 2, padding: 3, bias: false });
    this.bn1 = new nn.BatchNorm2d(width);
    this.layer1 = stage(0);
    this.layer2 = stage(1);
    this.layer3 = stage(2);
    this.layer4 = stage(3);
    this.fc = new nn.Linear(width * 8, numClasses);
  }

  override forward(image: nn.SymbolicTensor): nn.SymbolicTensor {
    const stem = this.maxpool.forward(this.relu.forward(this.bn1.forward(this.conv1.forward(image))));
    const stages = [this.layer1, this.layer2, this.layer3, this.layer4];
    const features = stages.reduce((x, stage) => stage.forward(x), stem);
    return this.fc.forward(this.avgpool.forward(features).flatten(1));
  }
}
