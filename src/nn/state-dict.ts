import { formatShape, RelayError, type Tensor } from "../core/index.ts";
import { nearestName } from "../util/index.ts";

/** Tensors by qualified name, as `torch.nn.Module.state_dict`. */
export type StateDict = Readonly<Record<string, Tensor>>;

/** Tensors by name that are read when asked for: a map, or a checkpoint. */
export interface TensorSource {
  keys(): Iterable<string>;
  /** Asked only for the names of `keys`. */
  get(name: string): Tensor | undefined;
}

export interface LoadOptions {
  /** Whether missing and unexpected names are errors; true unless given. */
  readonly strict?: boolean;
}

/** The names that did not match. */
export interface LoadReport {
  readonly missingKeys: readonly string[];
  readonly unexpectedKeys: readonly string[];
}

function sameShape(a: Tensor, b: Tensor): boolean {
  return a.shape.length === b.shape.length && a.shape.every((size, axis) => size === b.shape[axis]);
}

/** Between float32 and float64 values are converted; other dtypes must agree. */
function isConvertible(from: Tensor, to: Tensor): boolean {
  const isFloat = ({ dtype }: Tensor) => dtype === "float32" || dtype === "float64";
  return from.dtype === to.dtype || (isFloat(from) && isFloat(to));
}

function describe({ dtype, shape }: Tensor): string {
  return `${dtype}${formatShape(shape)}`;
}

function mismatch(name: string, from: Tensor, to: Tensor): string[] {
  if (sameShape(from, to) && isConvertible(from, to)) return [];
  return [`${name} is ${describe(from)} in the state dict and ${describe(to)} in the module`];
}

function unexpected(name: string, known: Iterable<string>): string {
  const near = nearestName(name, known);
  return near === undefined ? name : `${name} (did you mean ${near}?)`;
}

function copy(from: Tensor, to: Tensor): void {
  if (from.dtype === to.dtype) to.bytes.set(from.bytes);
  else (to.data as Float32Array | Float64Array).set(from.data as Float32Array | Float64Array);
}

function isSource(state: StateDict | TensorSource): state is TensorSource {
  return typeof state["keys"] === "function" && typeof state["get"] === "function";
}

/**
 * PyTorch does not miss the counter of batch norm, which checkpoints from before torch 0.4.1 lack, unless the state dict
 * says that it is newer: https://github.com/pytorch/pytorch/blob/main/torch/nn/modules/batchnorm.py
 */
const NEVER_MISSED = /(^|\.)num_batches_tracked$/;

type Tensors = ReadonlyMap<string, Tensor>;

/** Copies `state` into `own`, all or nothing. @throws RelayError STATE_DICT_MISMATCH */
export function loadState(
  module: string,
  own: Tensors,
  state: StateDict | TensorSource,
  { strict = true }: LoadOptions,
): LoadReport {
  const given = isSource(state) ? state : new Map(Object.entries(state));
  const names = new Set(given.keys());
  const missingKeys = [...own.keys()].filter((name) => !names.has(name) && !NEVER_MISSED.test(name));
  const unexpectedKeys = [...names].filter((name) => !own.has(name));
  const pairs = [...own].flatMap(([name, to]) => {
    const from = names.has(name) ? given.get(name) : undefined;
    return from ? [{ name, from, to }] : [];
  });
  const problems = pairs.flatMap(({ name, from, to }) => mismatch(name, from, to));
  if (strict && unexpectedKeys.length > 0) {
    problems.unshift(`unexpected: ${unexpectedKeys.map((name) => unexpected(name, missingKeys)).join(", ")}`);
  }
  if (strict && missingKeys.length > 0) problems.unshift(`missing: ${missingKeys.join(", ")}`);
  if (problems.length > 0) {
    throw new RelayError("STATE_DICT_MISMATCH", { module, problems: problems.join("; "), missingKeys, unexpectedKeys });
  }
  for (const { from, to } of pairs) copy(from, to);
  return { missingKeys, unexpectedKeys };
}
