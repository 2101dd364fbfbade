import { RelayError } from "../../core/index.ts";
import { type Forwarded, Module } from "../module.ts";
import type { ModuleTensor, Parameter } from "../parameter.ts";
import { SymbolicTensor } from "../symbolic-tensor.ts";

type Named<T> = Readonly<Record<string, T>>;

function numbered<T>(items: readonly T[]): Named<T> {
  return Object.fromEntries(items.map((item, i) => [String(i), item]));
}

function noForward(container: Module): never {
  const given = `a ${container.constructor.name}, which computes nothing`;
  throw new RelayError("OPTION_INVALID", { option: "module", given, legal: "its own modules, one by one" });
}

/** Modules one after the other, named by their place or by their names in a record, as `torch.nn.Sequential`. */
export class Sequential extends Module {
  readonly modules: readonly Module[];
  readonly names: readonly string[];

  constructor(...modules: readonly Module[] | readonly [Named<Module>]) {
    super();
    const [first] = modules;
    const named = first && !(first instanceof Module) ? first : numbered(modules as readonly Module[]);
    this.names = Object.keys(named);
    this.modules = Object.values(named);
  }

  get length(): number {
    return this.modules.length;
  }

  /** Counted from the end when negative. */
  at(index: number): Module | undefined {
    return this.modules.at(index);
  }

  [Symbol.iterator](): Iterator<Module> {
    return this.modules[Symbol.iterator]();
  }

  override *namedChildren(): Iterable<readonly [name: string, module: Module]> {
    for (const [i, module] of this.modules.entries()) yield [this.names[i] ?? String(i), module];
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

/** Modules by number, as `torch.nn.ModuleList`: `for (const block of this.blocks)`. */
export class ModuleList<M extends Module = Module> extends Module {
  readonly modules: readonly M[];

  constructor(modules: readonly M[] = []) {
    super();
    this.modules = [...modules];
  }

  get length(): number {
    return this.modules.length;
  }

  /** Counted from the end when negative. */
  at(index: number): M | undefined {
    return this.modules.at(index);
  }

  [Symbol.iterator](): Iterator<M> {
    return this.modules[Symbol.iterator]();
  }

  override *namedChildren(): Iterable<readonly [name: string, module: Module]> {
    yield* Object.entries(numbered(this.modules));
  }

  override forward(): never {
    return noForward(this);
  }
}

/** Modules by name, as `torch.nn.ModuleDict`. */
export class ModuleDict<M extends Module = Module> extends Module {
  readonly modules: Named<M>;

  constructor(modules: Named<M> = {}) {
    super();
    this.modules = modules;
  }

  get(name: string): M | undefined {
    return Object.hasOwn(this.modules, name) ? this.modules[name] : undefined;
  }

  override *namedChildren(): Iterable<readonly [name: string, module: Module]> {
    yield* Object.entries(this.modules);
  }

  override forward(): never {
    return noForward(this);
  }
}

/** Parameters by number, as `torch.nn.ParameterList`. */
export class ParameterList extends Module {
  readonly list: readonly Parameter[];

  constructor(parameters: readonly Parameter[] = []) {
    super();
    this.list = parameters;
  }

  /** Counted from the end when negative. */
  at(index: number): Parameter | undefined {
    return this.list.at(index);
  }

  override *ownTensors(): Iterable<readonly [name: string, tensor: ModuleTensor]> {
    yield* Object.entries(numbered(this.list));
  }

  override forward(): never {
    return noForward(this);
  }
}

/** Parameters by name, as `torch.nn.ParameterDict`. */
export class ParameterDict extends Module {
  readonly named: Named<Parameter>;

  constructor(parameters: Named<Parameter> = {}) {
    super();
    this.named = parameters;
  }

  get(name: string): Parameter | undefined {
    return Object.hasOwn(this.named, name) ? this.named[name] : undefined;
  }

  override *ownTensors(): Iterable<readonly [name: string, tensor: ModuleTensor]> {
    yield* Object.entries(this.named);
  }

  override forward(): never {
    return noForward(this);
  }
}
