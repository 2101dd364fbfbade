import { Engine, type ModelFile, sourceOf } from "./engine.ts";
import type { Model } from "./model.ts";
import type { LoadOptions } from "./options.ts";

/**
 * Loads a model with worker threads of its own, which end when the model is closed. To share threads between models,
 * make an {@link Engine}. Errors are those of {@link Engine.load}.
 */
export function load(file: ModelFile, options: LoadOptions = {}): Promise<Model> {
  return new Engine(options).openOnly(sourceOf(file), options);
}
