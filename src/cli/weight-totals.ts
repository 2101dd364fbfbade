import { DTYPES, type DType, numel, type TensorLocation } from "../core/index.ts";
import type { Weight, WeightKind } from "../graph/index.ts";

/** Weights of one kind and dtype, together. */
export interface WeightTotal {
  readonly kind: WeightKind;
  readonly dtype: DType;
  readonly tensors: number;
  readonly elements: number;
  readonly bytes: number;
}

export function elementsOf({ location }: Weight): number {
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
export function distinctWeights(weights: readonly Weight[]): readonly Weight[] {
  const memory = new Identities();
  const byPlace = new Map<string, Weight>();
  for (const weight of weights) {
    const key = elementsOf(weight) === 0 ? weight.name : locationKey(weight.location, memory);
    if (!byPlace.has(key)) byPlace.set(key, weight);
  }
  return [...byPlace.values()];
}

/** Totals by kind and dtype, in the order of first appearance. Tied weights count once. */
export function weightTotals(weights: readonly Weight[]): readonly WeightTotal[] {
  const totals = new Map<string, WeightTotal>();
  for (const weight of distinctWeights(weights)) {
    const { kind } = weight;
    const { dtype } = weight.location;
    const before = totals.get(`${kind} ${dtype}`) ?? { kind, dtype, tensors: 0, elements: 0, bytes: 0 };
    const elements = before.elements + elementsOf(weight);
    const bytes = elements * DTYPES[dtype].bytes;
    totals.set(`${kind} ${dtype}`, { kind, dtype, tensors: before.tensors + 1, elements, bytes });
  }
  return [...totals.values()];
}
