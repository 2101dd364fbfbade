export type { Outputs } from "./collate.ts";
export { Engine, type EngineEvents, type ModelFile } from "./engine.ts";
export type { InferAllOptions } from "./infer-all.ts";
export type { Inputs } from "./input-validator.ts";
export { load } from "./load.ts";
export { type Batching, type InferOptions, Model, type ModelEvents, type ModelStats } from "./model.ts";
export {
  type ConcurrentInferenceOptions,
  concurrentInference,
  infer,
  loadModule,
} from "./module-inference.ts";
export type { EngineOptions, LoadOptions, ModelOptions } from "./options.ts";
export { MODEL_CONFIG_SCHEMA } from "./repository/config-schema.ts";
export type { FoundModel, FoundVersion, WatchPoint } from "./repository/found-model.ts";
export { DEFAULT_CONFIG, type ModelConfig } from "./repository/model-config.ts";
export { readConfig } from "./repository/read-config.ts";
export { type RepositoryLocation, type RepositoryScan, scanRepository } from "./repository/scan.ts";
export type { VersionPolicy } from "./repository/version-policy.ts";
export { type WantedVersion, wantedVersions } from "./repository/wanted-versions.ts";
