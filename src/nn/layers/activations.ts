import { filled } from "../init.ts";
import { Module } from "../module.ts";
import { Parameter } from "../parameter.ts";
import type { SymbolicTensor } from "../symbolic-tensor.ts";
import { OperatorModule } from "./operator-module.ts";
import { checkSizes } from "./sizes.ts";

export interface InplaceOptions {
  /** Whether the argument is changed rather than a new tensor made; the result is the same. */
  readonly inplace?: boolean;
}

function named(name: string, { inplace = false }: InplaceOptions): string {
  return inplace ? `${name}_.default` : `${name}.default`;
}

/** `max(0, x)`, as `torch.nn.ReLU`. */
export class ReLU extends OperatorModule {
  constructor(options: InplaceOptions = {}) {
    super(named("relu", options));
  }
}

/** `min(max(0, x), 6)`, as `torch.nn.ReLU6`. */
export class ReLU6 extends OperatorModule {
  constructor(options: InplaceOptions = {}) {
    super(named("relu6", options));
  }
}

/** Negative elements times a small slope, as `torch.nn.LeakyReLU`. */
export class LeakyReLU extends OperatorModule {
  constructor({ negativeSlope = 0.01, ...options }: InplaceOptions & { readonly negativeSlope?: number } = {}) {
    super(named("leaky_relu", options), { negative_slope: negativeSlope });
  }
}

/** Negative elements times a learned slope, one or one a channel, as `torch.nn.PReLU`. */
export class PReLU extends Module {
  readonly weight: Parameter;

  constructor({ numParameters = 1, init = 0.25 }: { readonly numParameters?: number; readonly init?: number } = {}) {
    super();
    checkSizes({ numParameters });
    this.weight = new Parameter(filled([numParameters], init));
  }

  override forward(self: SymbolicTensor): SymbolicTensor {
    return self.call({ target: "aten.prelu.default", args: { self, weight: this.weight }, module: this });
  }
}

/** What `torch.nn.RReLU` gives in inference: the mean of its slopes for negative elements. */
export class RReLU extends OperatorModule {
  constructor({ lower = 1 / 8, upper = 1 / 3 }: { readonly lower?: number; readonly upper?: number } = {}) {
    super("leaky_relu.default", { negative_slope: (lower + upper) / 2 });
  }
}

/** `alpha * (exp(x) - 1)` below 0, as `torch.nn.ELU`. */
export class ELU extends OperatorModule {
  constructor({ alpha = 1, ...options }: InplaceOptions & { readonly alpha?: number } = {}) {
    super(named("elu", options), { alpha });
  }
}

/** As `torch.nn.SELU`. */
export class SELU extends OperatorModule {
  constructor(options: InplaceOptions = {}) {
    super(named("selu", options));
  }
}

/** `alpha * (exp(x / alpha) - 1)` below 0, as `torch.nn.CELU`. */
export class CELU extends OperatorModule {
  constructor({ alpha = 1, ...options }: InplaceOptions & { readonly alpha?: number } = {}) {
    super(named("celu", options), { alpha });
  }
}

/** `x * sigmoid(x)`, as `torch.nn.SiLU`. */
export class SiLU extends OperatorModule {
  constructor(options: InplaceOptions = {}) {
    super(named("silu", options));
  }
}

/** `x * tanh(softplus(x))`, as `torch.nn.Mish`. */
export class Mish extends OperatorModule {
  constructor(options: InplaceOptions = {}) {
    super(named("mish", options));
  }
}

/** `x * relu6(x + 3) / 6`, as `torch.nn.Hardswish`. */
export class Hardswish extends OperatorModule {
  constructor(options: InplaceOptions = {}) {
    super(named("hardswish", options));
  }
}

/** `relu6(x + 3) / 6`, as `torch.nn.Hardsigmoid`. */
export class Hardsigmoid extends OperatorModule {
  constructor(options: InplaceOptions = {}) {
    super(named("hardsigmoid", options));
  }
}

/** Elements brought into a range, as `torch.nn.Hardtanh`. */
export class Hardtanh extends OperatorModule {
  constructor({
    minVal = -1,
    maxVal = 1,
    ...options
  }: InplaceOptions & { readonly minVal?: number; readonly maxVal?: number } = {}) {
    super(named("hardtanh", options), { min_val: minVal, max_val: maxVal });
  }
}

/** 0 from `-lambd` to `lambd`, as `torch.nn.Hardshrink`. */
export class Hardshrink extends OperatorModule {
  constructor(lambd = 0.5) {
    super("hardshrink.default", { lambd });
  }
}

/** Elements moved by `lambd` towards 0, as `torch.nn.Softshrink`. */
export class Softshrink extends OperatorModule {
  constructor(lambd = 0.5) {
    super("softshrink.default", { lambd });
  }
}

/** `log(1 + exp(beta * x)) / beta`, as `torch.nn.Softplus`. */
export class Softplus extends OperatorModule {
  constructor({ beta = 1, threshold = 20 }: { readonly beta?: number; readonly threshold?: number } = {}) {
    super("softplus.default", { beta, threshold });
  }
}

/** `value` up to `threshold`, as `torch.nn.Threshold`. */
export class Threshold extends OperatorModule {
  constructor(threshold: number, value: number, options: InplaceOptions = {}) {
    super(named("threshold", options), { threshold, value });
  }
}

/** `1 / (1 + exp(-x))`, as `torch.nn.Sigmoid`. */
export class Sigmoid extends OperatorModule {
  constructor() {
    super("sigmoid.default");
  }
}

/** `log(sigmoid(x))`, as `torch.nn.LogSigmoid`. */
export class LogSigmoid extends OperatorModule {
  constructor() {
    super("log_sigmoid.default");
  }
}

/** The hyperbolic tangent, as `torch.nn.Tanh`. */
export class Tanh extends OperatorModule {
  constructor() {
    super("tanh.default");
  }
}

/** `x - tanh(x)`, as `torch.nn.Tanhshrink`. */
export class Tanhshrink extends Module {
  override forward(input: SymbolicTensor): SymbolicTensor {
    return input.sub(input.tanh());
  }
}

/** `x / (1 + |x|)`, as `torch.nn.Softsign`. */
export class Softsign extends Module {
  override forward(input: SymbolicTensor): SymbolicTensor {
    return input.div(input.abs().add(1));
  }
}

export interface GELUOptions {
  /** "tanh" for the approximation by a hyperbolic tangent; "none", the exact one, unless given. */
  readonly approximate?: "none" | "tanh";
}

/** `x * Φ(x)`, as `torch.nn.GELU`. */
export class GELU extends OperatorModule {
  constructor({ approximate = "none" }: GELUOptions = {}) {
    super("gelu.default", { approximate });
  }
}

/** The first half of an axis times the sigmoid of the second, as `torch.nn.GLU`. */
export class GLU extends OperatorModule {
  constructor(dim = -1) {
    super("glu.default", { dim });
  }
}

/** `exp(x) / sum(exp(x))` along axis `dim`, as `torch.nn.Softmax`. */
export class Softmax extends OperatorModule {
  constructor(dim: number) {
    super("softmax.int", { dim });
  }
}

/** The logarithm of softmax, as `torch.nn.LogSoftmax`. */
export class LogSoftmax extends OperatorModule {
  constructor(dim: number) {
    super("log_softmax.int", { dim });
  }
}

/** Softmax over the channels of images, as `torch.nn.Softmax2d`. */
export class Softmax2d extends OperatorModule {
  constructor() {
    super("softmax.int", { dim: -3 });
  }
}

/** Softmax of `-x`, as `torch.nn.Softmin`. */
export class Softmin extends Module {
  readonly dim: number;

  constructor(dim: number) {
    super();
    this.dim = dim;
  }

  override forward(input: SymbolicTensor): SymbolicTensor {
    return input.neg().softmax(this.dim);
  }
}
