import { CostModel } from "./cost-model.ts";

/** Shape keys whose costs are remembered; beyond, the one that was learnt first is forgotten. */
const MAX_KEYS = 256;

/** Cost models by shape key. A new one believes the oldest about batch sizes. */
export class CostTable {
  readonly #models = new Map<string, CostModel>();

  of(key: string): CostModel {
    return this.#models.get(key) ?? this.#add(key);
  }

  #add(key: string): CostModel {
    const oldest = this.#models.entries().next().value;
    if (oldest && this.#models.size >= MAX_KEYS) this.#models.delete(oldest[0]);
    const model = new CostModel(oldest?.[1]);
    this.#models.set(key, model);
    return model;
  }
}
