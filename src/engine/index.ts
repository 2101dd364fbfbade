export type { Outputs } from "./collate.ts";
export { Engine, type ModelFile } from "./engine.ts";
export type { InferAllOptions } from "./infer-all.ts";
export type { Inputs } from "./input-validator.ts";
export { load } from "./load.ts";
export { type InferOptions, Model, type ModelEvents, type ModelStats } from "./model.ts";
export {
  type ConcurrentInferenceOptions,
  concurrentInference,
  infer,
  loadModule,
} from "./module-inference.ts";
export type { EngineOptions, LoadOptions, ModelOptions } from "./options.ts";
export { findModels, type ModelLocation } from "./repository.ts";
