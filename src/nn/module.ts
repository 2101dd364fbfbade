import { RelayError, type Tensor } from "../core/index.ts";
import { loadCheckpoint } from "../loader/index.ts";
import { nearestName } from "../util/index.ts";
import { Buffer, type ModuleTensor, Parameter } from "./parameter.ts";
import { type LoadOptions, type LoadReport, loadState, type StateDict, type TensorSource } from "./state-dict.ts";
import type { SymbolicTensor } from "./symbolic-tensor.ts";

/** What a forward returns: one tensor, several, or several by name; null is left out. */
export type Forwarded =
  | SymbolicTensor
  | readonly (SymbolicTensor | null)[]
  | { readonly [name: string]: SymbolicTensor | null };

export type FloatDType = "float16" | "bfloat16" | "float32" | "float64";

function joined(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

/**
 * The base of all modules, as `torch.nn.Module`: fields that hold a Module, Parameter or Buffer make its tree, in the
 * order in which they are set. Their names are the names in the state dict.
 */
export abstract class Module {
  /** Whether dropout drops and batch norm looks at the batch. */
  training = true;

  /** Says what the module computes, on tensors that have a shape but no elements. */
  abstract forward(...inputs: readonly unknown[]): Forwarded;

  /** The parameters and buffers of the module itself. */
  *ownTensors(): Iterable<readonly [name: string, tensor: ModuleTensor]> {
    for (const [name, field] of Object.entries(this)) {
      if (field instanceof Parameter || field instanceof Buffer) yield [name, field];
    }
  }

  *namedChildren(): Iterable<readonly [name: string, module: Module]> {
    for (const [name, field] of Object.entries(this)) if (field instanceof Module) yield [name, field];
  }

  /** This module, by the path "", and those below it, each once. */
  *namedModules(path = "", seen: Set<Module> = new Set()): Iterable<readonly [path: string, module: Module]> {
    if (seen.has(this)) return;
    seen.add(this);
    yield [path, this];
    for (const [name, child] of this.namedChildren()) yield* child.namedModules(joined(path, name), seen);
  }

  /** Each parameter once, by its first path: `fc.weight`. */
  namedParameters(): Iterable<readonly [name: string, parameter: Parameter]> {
    return this.#each((field) => field instanceof Parameter);
  }

  *parameters(): Iterable<Parameter> {
    for (const [, parameter] of this.namedParameters()) yield parameter;
  }

  /** Each buffer once, by its first path: `bn.running_mean`. */
  namedBuffers(): Iterable<readonly [name: string, buffer: Buffer]> {
    return this.#each((field) => field instanceof Buffer);
  }

  *#each<T extends object>(isWanted: (field: unknown) => field is T): Iterable<readonly [string, T]> {
    const seen = new Set<T>();
    for (const [path, module] of this.namedModules()) {
      for (const [name, field] of module.ownTensors()) {
        if (!isWanted(field) || seen.has(field)) continue;
        seen.add(field);
        yield [joined(path, name), field];
      }
    }
  }

  /**
   * Parameters and persistent buffers by qualified name, in PyTorch's order. The tensors are the module's own: those that
   * a checkpoint's file holds are read.
   */
  stateDict(): StateDict {
    return Object.fromEntries([...this.#state("")].map(([name, { data }]): [string, Tensor] => [name, data]));
  }

  *#state(path: string): Iterable<readonly [string, ModuleTensor]> {
    const own = [...this.ownTensors()];
    for (const [name, field] of own) if (field instanceof Parameter) yield [joined(path, name), field];
    for (const [name, field] of own) if (field instanceof Buffer && field.persistent) yield [joined(path, name), field];
    for (const [name, child] of this.namedChildren()) yield* child.#state(joined(path, name));
  }

  /**
   * Takes the tensors of a state dict, all or none: an object, a map, a checkpoint, or the path of one. Tensors of a
   * checkpoint's file stay in it, and are mapped when the module runs; the file must stay as it is.
   * @throws RelayError STATE_DICT_MISMATCH naming every tensor that is missing, unexpected, or of another shape or dtype;
   * with `strict: false`, only for the last two. For a path, also what {@link loadCheckpoint} throws.
   */
  loadStateDict(state: string | StateDict | TensorSource, options: LoadOptions = {}): LoadReport {
    const given = typeof state === "string" ? loadCheckpoint(state) : state;
    return loadState(this.constructor.name, new Map(this.#state("")), given, options);
  }

  /**
   * Makes all parameters and buffers that are floats those of another dtype, as `torch.nn.Module.to`. A module whose checkpoint
   * has this dtype takes it without a conversion: `model.to("bfloat16").loadStateDict(path)`.
   */
  to(dtype: FloatDType): this {
    for (const [, parameter] of this.namedParameters()) parameter.convert(dtype);
    for (const [, buffer] of this.namedBuffers()) buffer.convert(dtype);
    return this;
  }

  float(): this {
    return this.to("float32");
  }

  double(): this {
    return this.to("float64");
  }

  half(): this {
    return this.to("float16");
  }

  bfloat16(): this {
    return this.to("bfloat16");
  }

  /** The modules that are fields of this one. */
  *children(): Iterable<Module> {
    for (const [, child] of this.namedChildren()) yield child;
  }

  /** Calls `change` with each module, those below first, as for weights that start otherwise than by default. */
  apply(change: (module: Module) => void): this {
    for (const child of this.children()) child.apply(change);
    change(this);
    return this;
  }

  /** The module at a path: `layer1.0.conv1`; "" is this one. @throws RelayError OPTION_INVALID */
  getSubmodule(path: string): Module {
    const modules = new Map(this.#paths());
    const found = modules.get(path);
    if (found) return found;
    const near = nearestName(path, modules.keys());
    const legal = `the path of a module of ${this.constructor.name}${near === undefined ? "" : `, such as ${near}`}`;
    throw new RelayError("OPTION_INVALID", { option: "path", given: JSON.stringify(path), legal });
  }

  *#paths(path = ""): Iterable<readonly [path: string, module: Module]> {
    yield [path, this];
    for (const [name, child] of this.namedChildren()) yield* child.#paths(joined(path, name));
  }

  /** Sets `training` here and below. */
  train(mode = true): this {
    for (const [, module] of this.namedModules()) module.training = mode;
    return this;
  }

  /** Makes the module ready for inference: no dropout, batch norm by running statistics. */
  eval(): this {
    return this.train(false);
  }
}
