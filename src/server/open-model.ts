import { RelayError } from "../core/index.ts";
import type { Engine, Model, ModelFile, ModelOptions } from "../engine/index.ts";
import { unservable } from "./metadata.ts";

/** @throws RelayError MODEL_UNSUPPORTED for a model with tensors that the protocol cannot express */
export function requireServable(name: string, { signature }: Model): void {
  const [bad] = unservable(signature);
  if (!bad) return;
  const feature = `${bad.name} of dtype ${bad.dtype} over the Open Inference Protocol`;
  const hint = "export the model with real inputs and outputs";
  throw new RelayError("MODEL_UNSUPPORTED", { file: name, feature, hint });
}

/** Loads a model that the protocol can serve. @throws RelayError MODEL_UNSUPPORTED, and what Engine.load throws */
export async function openModel(engine: Engine, name: string, file: ModelFile, options: ModelOptions): Promise<Model> {
  const model = await engine.load(file, options);
  try {
    requireServable(name, model);
    return model;
  } catch (error) {
    await model.close();
    throw error;
  }
}
