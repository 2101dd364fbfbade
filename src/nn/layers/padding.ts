import { type PadOptions, pad } from "../functional/padding.ts";
import { Module } from "../module.ts";
import type { SymbolicTensor } from "../symbolic-tensor.ts";
import { type SizeOption, tuple } from "./tuple.ts";

/** Widens the last axes: one number for all sides, or two an axis from the last one on. */
abstract class Pad extends Module {
  readonly padding: readonly number[];
  readonly options: PadOptions;

  constructor(rank: number, padding: SizeOption, options: PadOptions) {
    super();
    this.padding = tuple(2 * rank, padding, "padding");
    this.options = options;
  }

  override forward(input: SymbolicTensor): SymbolicTensor {
    return pad(input, this.padding, this.options);
  }
}

/** With zeros, as `torch.nn.ZeroPad1d`. */
export class ZeroPad1d extends Pad {
  constructor(padding: SizeOption) {
    super(1, padding, { value: 0 });
  }
}

/** With zeros, as `torch.nn.ZeroPad2d`. */
export class ZeroPad2d extends Pad {
  constructor(padding: SizeOption) {
    super(2, padding, { value: 0 });
  }
}

/** With zeros, as `torch.nn.ZeroPad3d`. */
export class ZeroPad3d extends Pad {
  constructor(padding: SizeOption) {
    super(3, padding, { value: 0 });
  }
}

/** With a number, as `torch.nn.ConstantPad1d`. */
export class ConstantPad1d extends Pad {
  constructor(padding: SizeOption, value: number) {
    super(1, padding, { value });
  }
}

/** With a number, as `torch.nn.ConstantPad2d`. */
export class ConstantPad2d extends Pad {
  constructor(padding: SizeOption, value: number) {
    super(2, padding, { value });
  }
}

/** With a number, as `torch.nn.ConstantPad3d`. */
export class ConstantPad3d extends Pad {
  constructor(padding: SizeOption, value: number) {
    super(3, padding, { value });
  }
}

/** With what is reflected at the edge, as `torch.nn.ReflectionPad1d`. */
export class ReflectionPad1d extends Pad {
  constructor(padding: SizeOption) {
    super(1, padding, { mode: "reflect" });
  }
}

/** With what is reflected at the edge, as `torch.nn.ReflectionPad2d`. */
export class ReflectionPad2d extends Pad {
  constructor(padding: SizeOption) {
    super(2, padding, { mode: "reflect" });
  }
}

/** With what is reflected at the edge, as `torch.nn.ReflectionPad3d`. */
export class ReflectionPad3d extends Pad {
  constructor(padding: SizeOption) {
    super(3, padding, { mode: "reflect" });
  }
}

/** With the edge, as `torch.nn.ReplicationPad1d`. */
export class ReplicationPad1d extends Pad {
  constructor(padding: SizeOption) {
    super(1, padding, { mode: "replicate" });
  }
}

/** With the edge, as `torch.nn.ReplicationPad2d`. */
export class ReplicationPad2d extends Pad {
  constructor(padding: SizeOption) {
    super(2, padding, { mode: "replicate" });
  }
}

/** With the edge, as `torch.nn.ReplicationPad3d`. */
export class ReplicationPad3d extends Pad {
  constructor(padding: SizeOption) {
    super(3, padding, { mode: "replicate" });
  }
}

/** With what is on the other side, as `torch.nn.CircularPad1d`. */
export class CircularPad1d extends Pad {
  constructor(padding: SizeOption) {
    super(1, padding, { mode: "circular" });
  }
}

/** With what is on the other side, as `torch.nn.CircularPad2d`. */
export class CircularPad2d extends Pad {
  constructor(padding: SizeOption) {
    super(2, padding, { mode: "circular" });
  }
}

/** With what is on the other side, as `torch.nn.CircularPad3d`. */
export class CircularPad3d extends Pad {
  constructor(padding: SizeOption) {
    super(3, padding, { mode: "circular" });
  }
}
