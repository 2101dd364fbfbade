import type { ServedModel } from "./served-model.ts";

/** The models that a request may see. */
export interface ModelCatalog extends Iterable<ServedModel> {
  /** All versions, the highest first. @throws RelayError MODEL_UNKNOWN, MODEL_FORBIDDEN */
  versions(name: string): readonly ServedModel[];
  /**
   * A version of a model; when none is asked for, the highest that is ready, or else the highest.
   * @throws RelayError MODEL_UNKNOWN, MODEL_FORBIDDEN
   */
  get(name: string, version?: string): ServedModel;
}
