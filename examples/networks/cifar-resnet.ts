import { nn } from "torchrelay";

/** Two convolutions and a residual; where the sizes change, the residual is every second pixel between channels of zeros. */
class BasicBlock extends nn.Module {
  conv1: nn.Conv2d;
  bn1: nn.BatchNorm2d;
  conv2: nn.Conv2d;
  bn2: nn.BatchNorm2d;
  readonly addedChannels: number;

  constructor(inPlanes: number, planes: number) {
    super();
    this.addedChannels = planes - inPlanes;
    this.conv1 = new nn.Conv2d(inPlanes, planes, 3, { stride: planes / inPlanes, padding: 1, bias: false });
    this.bn1 = new nn.BatchNorm2d(planes);
    this.conv2 = new nn.Conv2d(planes, planes, 3, { padding: 1, bias: false });
    this.bn2 = new nn.BatchNorm2d(planes);
  }

  override forward(x: nn.SymbolicTensor): nn.SymbolicTensor {
    const out = this.bn1.forward(this.conv1.forward(x)).relu();
    return this.bn2.forward(this.conv2.forward(out)).add(this.#shortcut(x)).relu();
  }

  #shortcut(x: nn.SymbolicTensor): nn.SymbolicTensor {
    if (this.addedChannels === 0) return x;
    const side = this.addedChannels / 2;
    const half = x.at(":", ":", [null, null, 2], [null, null, 2]);
    return nn.functional.pad(half, [0, 0, 0, 0, side, side]);
  }
}

/** A ResNet for the images of CIFAR-10 by He et al., `blocks` in each of three stages: 3 for ResNet-20. */
export class CifarResNet extends nn.Module {
  conv1: nn.Conv2d;
  bn1: nn.BatchNorm2d;
  layer1: nn.Sequential;
  layer2: nn.Sequential;
  layer3: nn.Sequential;
  linear: nn.Linear;

  constructor(blocks: number, numClasses = 10) {
    super();
    const stage = (inPlanes: number, planes: number): nn.Sequential =>
      new nn.Sequential(
        ...Array.from({ length: blocks }, (_, i) => new BasicBlock(i === 0 ? inPlanes : planes, planes)),
      );
    this.conv1 = new nn.Conv2d(3, 16, 3, { padding: 1, bias: false });
    this.bn1 = new nn.BatchNorm2d(16);
    this.layer1 = stage(16, 16);
    this.layer2 = stage(16, 32);
    this.layer3 = stage(32, 64);
    this.linear = new nn.Linear(64, numClasses);
  }

  override forward(image: nn.SymbolicTensor): nn.SymbolicTensor {
    const stem = this.bn1.forward(this.conv1.forward(image)).relu();
    const features = this.layer3.forward(this.layer2.forward(this.layer1.forward(stem)));
    return this.linear.forward(features.mean([2, 3]));
  }
}
