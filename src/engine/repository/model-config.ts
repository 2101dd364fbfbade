import type { ModelOptions } from "../options.ts";
import { LATEST, type VersionPolicy } from "./version-policy.ts";

/** What the `config.json` of a model says. */
export interface ModelConfig {
  readonly options: ModelOptions;
  readonly versionPolicy: VersionPolicy;
  /** Names of classes, by output. */
  readonly labels: Readonly<Record<string, readonly string[]>>;
}

export const DEFAULT_CONFIG: ModelConfig = { options: {}, versionPolicy: LATEST, labels: {} };
