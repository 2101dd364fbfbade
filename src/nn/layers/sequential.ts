import { RelayError } from "../../core/index.ts";
import { type Forwarded, Module } from "../module.ts";
import { SymbolicTensor } from "../symbolic-tensor.ts";

/** Modules one after the other, named by their place, as `torch.nn.Sequential`. */
export class Sequential extends Module {
  readonly modules: readonly Module[];

  constructor(...modules: readonly Module[]) {
    super();
    this.modules = modules;
  }

  override *namedChildren(): Iterable<readonly [name: string, module: Module]> {
    for (const [i, module] of this.modules.entries()) yield [String(i), module];
  }

  override forward(input: SymbolicTensor): SymbolicTensor {
    return this.modules.reduce((tensor, module) => one(module.forward(tensor), module), input);
  }
}

function one(result: Forwarded, module: Module): SymbolicTensor {
  if (result instanceof SymbolicTensor) return result;
  const given = `a ${module.constructor.name}, which returns several tensors`;
  throw new RelayError("OPTION_INVALID", { option: "modules", given, legal: "modules that return one tensor" });
}
