import { type DType, formatShape, RelayError, type Tensor, type TensorLocation } from "../core/index.ts";
import { nearestName } from "../util/index.ts";
import { isConvertible } from "./converted.ts";
import type { ModuleTensor } from "./parameter.ts";

/** Tensors by qualified name, as `torch.nn.Module.state_dict`. */
export type StateDict = Readonly<Record<string, Tensor>>;

/** Tensors by name that are read when asked for: a map, or a checkpoint. */
export interface TensorSource {
  keys(): Iterable<string>;
  /** Asked only for the names of `keys`. */
  get(name: string): Tensor | undefined;
  /** Where a tensor lies, for sources whose tensors modules leave there. */
  location?(name: string): TensorLocation;
}

export interface LoadOptions {
  /** Whether missing and unexpected names are errors; true unless given. */
  readonly strict?: boolean;
  /** The name in the module of a tensor, by its name in the state dict: `(key) => key.replace(/^module\./, "")`. Null leaves it out. */
  readonly rename?: (key: string) => string | null;
  /** Whether floats of another width are converted to the module's dtype, which takes memory. */
  readonly convert?: boolean;
}

/** The names that did not match. */
export interface LoadReport {
  readonly missingKeys: readonly string[];
  readonly unexpectedKeys: readonly string[];
}

interface Given {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly tensor: () => Tensor;
  readonly location: TensorLocation | undefined;
}

interface Pair {
  readonly name: string;
  readonly from: Given;
  readonly to: ModuleTensor;
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/** Before version 0.4, PyTorch had no tensors without axes: what is one now has one element there. */
function fits(from: Given, to: ModuleTensor): boolean {
  return sameShape(from.shape, to.shape) || (to.shape.length === 0 && sameShape(from.shape, [1]));
}

function mismatch({ name, from, to }: Pair, convert: boolean): string[] {
  if (!fits(from, to)) {
    const shapes = [from.shape, to.shape].map((shape) => formatShape(shape));
    return [`size mismatch for ${name}: ${shapes[0]} in the state dict, ${shapes[1]} in the current model`];
  }
  if (from.dtype === to.dtype || (convert && isConvertible(from.dtype, to.dtype))) return [];
  const hint = isConvertible(from.dtype, to.dtype) ? " (convert: true converts it)" : "";
  return [`dtype mismatch for ${name}: ${from.dtype} in the state dict, ${to.dtype} in the current model${hint}`];
}

function quoted(names: readonly string[]): string {
  return names.map((name) => JSON.stringify(name)).join(", ");
}

function unexpected(name: string, known: Iterable<string>): string {
  const near = nearestName(name, known);
  return near === undefined ? quoted([name]) : `${quoted([name])} (did you mean ${quoted([near])}?)`;
}

function isSource(state: StateDict | TensorSource): state is TensorSource {
  return typeof state["keys"] === "function" && typeof state["get"] === "function";
}

/**
 * PyTorch does not miss the counter of batch norm, which checkpoints from before torch 0.4.1 lack, unless the state dict
 * says that it is newer: https://github.com/pytorch/pytorch/blob/main/torch/nn/modules/batchnorm.py
 */
const NEVER_MISSED = /(^|\.)num_batches_tracked$/;

function givenOf(source: TensorSource, key: string): Given | undefined {
  const location = source.location?.(key);
  if (location) return { ...location, location, tensor: () => source.get(key) as Tensor };
  const tensor = source.get(key);
  return tensor && { dtype: tensor.dtype, shape: tensor.shape, location: undefined, tensor: () => tensor };
}

/** The keys of the source by the names that they have in the module. @throws RelayError OPTION_INVALID for two of one name */
function keysByName(source: TensorSource, rename: (key: string) => string | null): ReadonlyMap<string, string> {
  const keys = new Map<string, string>();
  for (const key of source.keys()) {
    const name = rename(key);
    if (name === null) continue;
    const other = keys.get(name);
    if (other !== undefined) {
      const given = `one that makes ${name} of both ${other} and ${key}`;
      throw new RelayError("OPTION_INVALID", { option: "rename", given, legal: "a name of its own for each" });
    }
    keys.set(name, key);
  }
  return keys;
}

function take({ from, to }: Pair): void {
  const { location } = from;
  if (!location || from.dtype !== to.dtype) to.copy(from.tensor());
  else if (sameShape(from.shape, to.shape)) to.place(location);
  else to.place({ ...location, shape: [], strides: [] });
}

/** Takes `state` into `own`, all or nothing. @throws RelayError STATE_DICT_MISMATCH */
export function loadState(
  module: string,
  own: ReadonlyMap<string, ModuleTensor>,
  state: StateDict | TensorSource,
  { strict = true, rename = (key) => key, convert = false }: LoadOptions,
): LoadReport {
  const source: TensorSource = isSource(state) ? state : new Map(Object.entries(state));
  const keys = keysByName(source, rename);
  const missingKeys = [...own.keys()].filter((name) => !keys.has(name) && !NEVER_MISSED.test(name));
  const unexpectedKeys = [...keys.keys()].filter((name) => !own.has(name));
  const pairs = [...own].flatMap(([name, to]) => {
    const key = keys.get(name);
    const from = key === undefined ? undefined : givenOf(source, key);
    return from ? [{ name, from, to }] : [];
  });
  const problems = pairs.flatMap((pair) => mismatch(pair, convert));
  if (strict && unexpectedKeys.length > 0) {
    const names = unexpectedKeys.map((name) => unexpected(name, missingKeys)).join(", ");
    problems.unshift(`Unexpected key(s) in state_dict: ${names}`);
  }
  if (strict && missingKeys.length > 0) problems.unshift(`Missing key(s) in state_dict: ${quoted(missingKeys)}`);
  if (problems.length > 0) {
    throw new RelayError("STATE_DICT_MISMATCH", { module, problems: problems.join("; "), missingKeys, unexpectedKeys });
  }
  for (const pair of pairs) take(pair);
  return { missingKeys, unexpectedKeys };
}
