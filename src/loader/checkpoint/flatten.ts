import { PickleInstance, PickleObject, PickleTuple, type PickleValue } from "../../container/index.ts";
import { LIMITS, type TensorLocation } from "../../core/index.ts";
import { Excess, Unsupported } from "../refusal.ts";
import { TorchTensor } from "../torch-values.ts";
import type { Contents } from "./contents.ts";

const SAVE_STATE_DICT = 'in PyTorch, save its weights instead: torch.save(model.state_dict(), "weights.pth")';

/** A visit costs this much, even of something without a name, in characters. */
const VISIT_COST = 16;

type Child = readonly [key: PickleValue, value: PickleValue];

function children(value: PickleValue): readonly Child[] {
  if (value instanceof Map) return [...value];
  if (value instanceof PickleInstance) return [...value.items, ...children(value.state)];
  const items = value instanceof PickleTuple ? value.items : value;
  return Array.isArray(items) || items instanceof Set ? [...items].map((item, i) => [i, item]) : [];
}

function keyText(key: PickleValue): string {
  if (key instanceof PickleObject) return key.name;
  return typeof key === "object" ? "?" : String(key);
}

/** An object with the two dicts that every torch.nn.Module has. */
function isModule(value: PickleValue): value is PickleInstance {
  return value instanceof PickleInstance && ["_modules", "_parameters"].every((name) => hasKey(value.state, name));
}

function hasKey(value: PickleValue, name: string): boolean {
  return value instanceof Map && value.has(name);
}

class Flattener {
  readonly tensors = new Map<string, TensorLocation>();
  readonly others: string[] = [];
  #cost = 0;

  /** Whether the value is or holds a tensor. Values may be shared, so that a short pickle has many paths, and cyclic. */
  visit(value: PickleValue, name: string, depth: number): boolean {
    this.#charge(name, depth);
    if (value instanceof TorchTensor) return this.#add(name, value.location);
    if (isModule(value)) throw new Unsupported(`a whole pickled module (${value.name})`, SAVE_STATE_DICT);
    const parts = children(value).map(([key, child]) => {
      const path = name === "" ? keyText(key) : `${name}.${keyText(key)}`;
      return { path, hasTensor: this.visit(child, path, depth + 1) };
    });
    const hasTensor = parts.some((part) => part.hasTensor);
    if (hasTensor || depth === 0) for (const part of parts) if (!part.hasTensor) this.others.push(part.path);
    return hasTensor;
  }

  #charge(name: string, depth: number): void {
    this.#cost += VISIT_COST + name.length;
    if (depth > LIMITS.nesting) throw new Excess("the depth of what it holds", depth, "nesting");
    if (this.#cost > LIMITS.pickleBytes) throw new Excess("the length of all names in it", this.#cost, "pickleBytes");
  }

  #add(name: string, location: TensorLocation): true {
    if (this.tensors.has(name)) throw new Unsupported(`two tensors with the name ${name}`, SAVE_STATE_DICT);
    this.tensors.set(name, location);
    return true;
  }
}

/**
 * The tensors in nested dictionaries and lists, by their keys and indices joined with dots; a lone tensor is called "".
 * @throws Unsupported for modules pickled whole, Excess
 */
export function flattenTensors(value: PickleValue): Contents {
  const flattener = new Flattener();
  flattener.visit(value, "", 0);
  return flattener;
}
