import { RelayError } from "../../core/index.ts";
import type { ModelCatalog } from "../model-catalog.ts";
import type { ServedModel } from "../served-model.ts";
import type { Grant } from "./grant.ts";

/** Names that a message lists at most. */
const MAX_LISTED = 10;

/** The models that a key is for. Tells nothing of the others, not even whether they are there. */
export class AllowedModels implements ModelCatalog {
  readonly #models: ModelCatalog;
  readonly #grant: Grant;

  constructor(models: ModelCatalog, grant: Grant) {
    this.#models = models;
    this.#grant = grant;
  }

  #require(name: string): void {
    if (!this.#grant.allows(name)) throw new RelayError("MODEL_FORBIDDEN", { model: name });
    const names = new Set([...this].map((served) => served.name));
    if (names.has(name)) return;
    const hint = `models: ${[...names].slice(0, MAX_LISTED).join(", ") || "none"}`;
    throw new RelayError("MODEL_UNKNOWN", { model: name, hint });
  }

  versions(name: string): readonly ServedModel[] {
    this.#require(name);
    return this.#models.versions(name);
  }

  get(name: string, version?: string): ServedModel {
    this.#require(name);
    return this.#models.get(name, version);
  }

  *[Symbol.iterator](): Iterator<ServedModel> {
    for (const served of this.#models) if (this.#grant.allows(served.name)) yield served;
  }
}
