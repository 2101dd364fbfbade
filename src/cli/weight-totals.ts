import { DTYPES, type DType, numel, type TensorLocation } from "../core/index.ts";
import type { Weight, WeightKind } from "../graph/index.ts";

/** A tensor of a file, by its name. */
export interface LocatedTensor {
  readonly name: string;
  readonly location: TensorLocation;
}

export interface DTypeTotal {
  readonly dtype: DType;
  readonly tensors: number;
  readonly elements: number;
  readonly bytes: number;
}

/** Weights of one kind and dtype, together. */
export interface WeightTotal extends DTypeTotal {
  readonly kind: WeightKind;
}

export function elementsOf({ location }: LocatedTensor): number {
  return numel(location.shape);
}

/** Gives equal numbers to equal objects. */
class Identities {
  readonly #ids = new Map<unknown, number>();

  of(object: unknown): number {
    const id = this.#ids.get(object) ?? this.#ids.size;
    this.#ids.set(object, id);
    return id;
  }
}

function locationKey({ storage, dtype, shape, strides, storageOffset }: TensorLocation, memory: Identities): string {
  const place = storage.kind === "file" ? [storage.path, storage.offset] : [memory.of(storage.bytes)];
  return JSON.stringify([place, dtype, shape, strides, storageOffset]);
}

/** Each weight once: of those tied together, that is of several names for one tensor, the first. */
export function distinctWeights<T extends LocatedTensor>(weights: readonly T[]): readonly T[] {
  const memory = new Identities();
  const byPlace = new Map<string, T>();
  for (const weight of weights) {
    const key = elementsOf(weight) === 0 ? weight.name : locationKey(weight.location, memory);
    if (!byPlace.has(key)) byPlace.set(key, weight);
  }
  return [...byPlace.values()];
}

/** Totals by dtype, in the order of first appearance. Tied tensors count once. */
export function dtypeTotals(tensors: readonly LocatedTensor[]): readonly DTypeTotal[] {
  const totals = new Map<DType, DTypeTotal>();
  for (const tensor of distinctWeights(tensors)) {
    const { dtype } = tensor.location;
    const before = totals.get(dtype) ?? { dtype, tensors: 0, elements: 0, bytes: 0 };
    const elements = before.elements + elementsOf(tensor);
    totals.set(dtype, { dtype, tensors: before.tensors + 1, elements, bytes: elements * DTYPES[dtype].bytes });
  }
  return [...totals.values()];
}

/** Totals by kind and dtype, in the order of first appearance. Tied weights count once. */
export function weightTotals(weights: readonly Weight[]): readonly WeightTotal[] {
  const distinct = distinctWeights(weights);
  const kinds = [...new Set(distinct.map(({ kind }) => kind))];
  return kinds.flatMap((kind) => {
    const totals = dtypeTotals(distinct.filter((weight) => weight.kind === kind));
    return totals.map((total) => ({ kind, ...total }));
  });
}
